package spandb

import "strings"

// Statements splits a schema file at its semicolons and strips the comments
// (--, # and /* */), so that the words in a comment may change while the
// statement stays the same. Strings and quoted names are left alone.
func Statements(schema string) []string {
	var all []string
	var text strings.Builder
	flush := func() {
		if s := strings.TrimSpace(text.String()); s != "" {
			all = append(all, s)
		}
		text.Reset()
	}
	for rest := schema; rest != ""; {
		token := next(rest)
		rest = rest[len(token):]
		switch {
		case token == ";":
			flush()
		case isComment(token):
			text.WriteByte(' ')
		default:
			text.WriteString(token)
		}
	}
	flush()
	return all
}

func isComment(token string) bool {
	return strings.HasPrefix(token, "--") || strings.HasPrefix(token, "#") || strings.HasPrefix(token, "/*")
}

// next returns the first token of s: a comment, a quoted piece, or one byte.
func next(s string) string {
	switch {
	case strings.HasPrefix(s, "--"), s[0] == '#':
		return through(s, 0, "\n")
	case strings.HasPrefix(s, "/*"):
		return through(s, 2, "*/")
	case s[0] == '\'' || s[0] == '"' || s[0] == '`':
		return quoted(s)
	}
	return s[:1]
}

// through returns s up to and including the first end after from, or all of s.
func through(s string, from int, end string) string {
	if i := strings.Index(s[from:], end); i >= 0 {
		return s[:from+i+len(end)]
	}
	return s
}

// quoted returns the quoted piece with which s begins; a backslash keeps its
// neighbour.
func quoted(s string) string {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case s[0]:
			return s[:i+1]
		}
	}
	return s
}
