// Package snapshot keeps copies of the index in Cloud Storage, so that an instance that starts need not read the whole catalog.
// It is one object, replaced as a whole and only by who has seen the one before; the checksum of its gzip tells whether it
// came through.
package snapshot

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"cloud.google.com/go/storage"
	"google.golang.org/api/googleapi"
)

// ErrNone says that there is no snapshot.
var ErrNone = errors.New("no snapshot")

// Store is the object in which the newest snapshot lies.
type Store struct{ object *storage.ObjectHandle }

// New answers the store of a format: others' snapshots lie under names of their own.
func New(c *storage.Client, bucket string, format int) *Store {
	return &Store{c.Bucket(bucket).Object(fmt.Sprintf("index-v%d.tar.gz", format))}
}

// Generation is that of the newest snapshot, 0 where there is none.
func (s *Store) Generation(ctx context.Context) (int64, error) {
	attrs, err := s.object.Attrs(ctx)
	if errors.Is(err, storage.ErrObjectNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return attrs.Generation, nil
}

// Put stores the files of a directory as the newest snapshot and answers its size in bytes; false when it is not generation
// that it replaces, but a newer one.
func (s *Store) Put(ctx context.Context, dir string, generation int64) (int64, bool, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // gives up what is half written
	before := storage.Conditions{GenerationMatch: generation}
	if generation == 0 {
		before = storage.Conditions{DoesNotExist: true}
	}
	w := s.object.If(before).NewWriter(ctx)
	w.ContentType = "application/gzip"
	if err := pack(w, dir); err != nil {
		return 0, false, lost(err)
	}
	err := w.Close()
	if replaced(err) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, err
	}
	return w.Attrs().Size, true, nil
}

func lost(err error) error { return fmt.Errorf("write snapshot: %w", err) }

// preconditionFailed is how the store says that it has another generation.
const preconditionFailed = 412

// replaced tells whether the store refused since another was faster.
func replaced(err error) bool {
	var refused *googleapi.Error
	return errors.As(err, &refused) && refused.Code == preconditionFailed
}

func pack(to io.Writer, dir string) error {
	zip, err := gzip.NewWriterLevel(to, gzip.BestSpeed)
	if err != nil {
		return err
	}
	archive := tar.NewWriter(zip)
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		return add(archive, dir, path)
	})
	return errors.Join(err, archive.Close(), zip.Close())
}

func add(archive *tar.Writer, dir, path string) error {
	name, err := filepath.Rel(dir, path)
	if err != nil {
		return err
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if err := archive.WriteHeader(&tar.Header{Name: filepath.ToSlash(name), Mode: 0o600, Size: info.Size()}); err != nil {
		return err
	}
	_, err = io.Copy(archive, f)
	return err
}

// Fetch writes the files of the newest snapshot into a directory. ErrNone where there is none; any other error may be that of
// a damaged one.
func (s *Store) Fetch(ctx context.Context, dir string) error {
	r, err := s.object.NewReader(ctx)
	if errors.Is(err, storage.ErrObjectNotExist) || errors.Is(err, storage.ErrBucketNotExist) {
		return ErrNone
	}
	if err != nil {
		return err
	}
	defer r.Close()
	return unpack(r, dir)
}

func unpack(from io.Reader, dir string) error {
	zip, err := gzip.NewReader(from)
	if err != nil {
		return err
	}
	archive := tar.NewReader(zip)
	for {
		head, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if err := extract(archive, dir, head.Name); err != nil {
			return err
		}
	}
	_, err = io.Copy(io.Discard, zip) // to the end, where the checksum stands
	return err
}

func extract(from io.Reader, dir, name string) error {
	if !filepath.IsLocal(name) || strings.Contains(name, `\`) {
		return fmt.Errorf("%q lies outside", name)
	}
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, from)
	return errors.Join(err, f.Close())
}
