package together

// Waiting is how many callers wait for the run that is in flight.
func (l *Lane[T]) Waiting() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.waiting)
}
