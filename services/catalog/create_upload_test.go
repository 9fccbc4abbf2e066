package main

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/storage"
	"google.golang.org/protobuf/proto"

	"github.com/issho-shop/issho/internal/fault"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	"github.com/issho-shop/issho/internal/gen/issho/catalog/v1/catalogv1connect"
	"github.com/issho-shop/issho/internal/testenv"
	"github.com/issho-shop/issho/services/catalog/internal/media"
)

// png begins as a picture does.
var png = []byte("\x89PNG\r\n\x1a\n of an apple")

// with hangs pictures on a product, with an address that nobody asked for.
func with(ids ...string) func(*catalogv1.Product) {
	return func(p *catalogv1.Product) {
		for _, id := range ids {
			p.Media = append(p.Media, &catalogv1.Media{MediaId: id, Url: "http://169.254.169.254/"})
		}
	}
}

// address is where customers see a picture of that id.
func (s *shop) address(id string) string {
	return "http://" + os.Getenv("STORAGE_EMULATOR_HOST") + "/" + s.bucket() + "/" + media.Object(id)
}

// makeBucket makes the bucket of this test alone: pictures of equal requests have equal names.
func (s *shop) makeBucket() {
	s.t.Helper()
	c, err := storage.NewClient(s.ctx)
	if err != nil {
		s.t.Fatal(err)
	}
	defer c.Close()
	if err := c.Bucket(s.bucket()).Create(s.ctx, s.Project(), nil); err != nil {
		s.t.Fatal(err)
	}
}

func (s *shop) bucket() string { return s.Project() + "-media" }

// upload asks for a place and puts a picture there, or something else: the emulator does not hold it to what is signed.
func (s *shop) upload(u testenv.User, requestID string, picture []byte, headers ...string) *catalogv1.CreateUploadResponse {
	s.t.Helper()
	res, err := s.admin(u).CreateUpload(s.ctx, &catalogv1.CreateUploadRequest{RequestId: requestID, ContentType: "image/png", Size: 100})
	if err != nil {
		s.t.Fatal(err)
	}
	if picture == nil {
		return res
	}
	req, err := http.NewRequestWithContext(s.ctx, http.MethodPut, res.GetUrl(), bytes.NewReader(picture))
	if err != nil {
		s.t.Fatal(err)
	}
	for name, value := range res.GetHeaders() {
		req.Header.Set(name, value)
	}
	if len(headers) == 2 {
		req.Header.Set(headers[0], headers[1])
	}
	put, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer put.Body.Close()
	if put.StatusCode != http.StatusOK {
		s.t.Fatalf("upload: %s", put.Status)
	}
	return res
}

func TestUpload(t *testing.T) {
	s := open(t)
	s.makeBucket()
	picture := png
	up := s.upload(minori, "u1", picture)
	if again := s.upload(minori, "u1", nil); again.GetMediaId() != up.GetMediaId() {
		t.Errorf("the repeat has %s, want %s", again.GetMediaId(), up.GetMediaId())
	}
	for _, want := range []string{"X-Goog-Signature=", "X-Goog-Expires=", "X-Goog-SignedHeaders=cache-control%3Bcontent-type%3Bhost%3Bx-goog-content-length-range%3Bx-goog-if-generation-match"} {
		if !strings.Contains(up.GetUrl(), want) {
			t.Errorf("the address lacks %s: %s", want, up.GetUrl())
		}
	}
	p := s.sell("r1", with(up.GetMediaId()))
	if m := p.GetMedia(); len(m) != 1 || m[0].GetContentType() != "image/png" || strings.Contains(m[0].GetUrl(), "169.254") {
		t.Fatalf("media = %v", m)
	}
	res, err := http.Get(p.GetMedia()[0].GetUrl())
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if got, err := io.ReadAll(res.Body); err != nil || !bytes.Equal(got, picture) || res.Header.Get("Content-Type") != "image/png" {
		t.Errorf("the picture is %q, %v, %v", got, res.Header, err)
	}
	for name, test := range map[string]struct {
		who testenv.User
		id  string
	}{
		"not there yet": {minori, s.upload(minori, "u2", nil).GetMediaId()}, "another merchant's": {denki, up.GetMediaId()}, "unheard of": {minori, "med_aaaaaaaaaaaaaaaaaaaaaaaaaa"},
	} {
		_, err := s.admin(test.who).CreateProduct(s.ctx, &catalogv1.CreateProductRequest{RequestId: name, Product: s.product(with(test.id)), Reason: "test"})
		if refused(t, err, fault.FieldInvalid); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	twice := proto.CloneOf(p)
	twice.Media = append(twice.Media, twice.GetMedia()[0])
	_, err = s.update(minori, twice)
	refused(t, err, fault.FieldInvalid)
	s.verified()
}

// A picture that is not what was announced, in kind or size, hangs nowhere.
func TestUploadOfSomethingElse(t *testing.T) {
	s := open(t)
	s.makeBucket()
	for name, picture := range map[string][]byte{
		"a page": []byte("<html><script>alert(1)</script></html>"), "too large": append(slices.Clone(png), make([]byte, 200)...),
	} {
		id := s.upload(minori, name, picture).GetMediaId()
		_, err := s.admin(minori).CreateProduct(s.ctx, &catalogv1.CreateProductRequest{RequestId: name, Product: s.product(with(id)), Reason: "test"})
		if refused(t, err, fault.FieldInvalid); s.doc("media/" + id)["product_id"] != "" {
			t.Errorf("%s hangs somewhere", name)
		}
	}
}

// Customers are sent pictures as they are stored: one that is stored compressed hangs nowhere, whatever unfolds from it.
func TestUploadOfACompressedPicture(t *testing.T) {
	s := open(t)
	s.makeBucket()
	var packed bytes.Buffer
	zip := gzip.NewWriter(&packed)
	if _, err := zip.Write(png); err != nil || zip.Close() != nil {
		t.Fatal(err)
	}
	id := s.upload(minori, "u1", packed.Bytes(), "Content-Encoding", "gzip").GetMediaId()
	_, err := s.admin(minori).CreateProduct(s.ctx, &catalogv1.CreateProductRequest{RequestId: "r1", Product: s.product(with(id)), Reason: "test"})
	refused(t, err, fault.FieldInvalid)
	if s.doc("media/" + id)["product_id"] != "" {
		t.Error("it hangs somewhere")
	}
}

// What the storage does not delete is doomed: it hangs nowhere any more, and the next sweep tries again.
func TestPicturesAreDoomed(t *testing.T) {
	s := opened(t)
	s.makeBucket()
	id := s.upload(minori, "u1", png).GetMediaId()
	storage := os.Getenv("STORAGE_EMULATOR_HOST")
	proxy := testenv.NewProxy(t, storage)
	t.Setenv("STORAGE_EMULATOR_HOST", proxy.Addr)
	s.Set("STORAGE_EMULATOR_HOST", proxy.Addr)
	cut := testenv.Serve(s.World, run)
	sweep := func() error {
		_, err := catalogv1connect.NewCatalogInternalServiceClient(s.AsService("scheduler"), cut).Sweep(s.ctx, &catalogv1.SweepRequest{})
		return err
	}
	s.Advance(media.Kept + time.Minute)
	proxy.Cut()
	if err := sweep(); err == nil {
		t.Error("a sweep that could not delete reports nothing")
	}
	if s.doc("media/" + id)["doomed"] != true {
		t.Errorf("the picture is %v, want it doomed", s.doc("media/"+id))
	}
	_, err := s.admin(minori).CreateProduct(s.ctx, &catalogv1.CreateProductRequest{RequestId: "r1", Product: s.product(with(id)), Reason: "test"})
	refused(t, err, fault.FieldInvalid)
	proxy.Restore()
	testenv.Eventually(t, sweep)
	if res, err := http.Get("http://" + storage + "/" + s.bucket() + "/" + media.Object(id)); err != nil || res.StatusCode != http.StatusNotFound || s.doc("media/"+id) != nil {
		t.Errorf("the picture is there: %v, %v, %v", res, err, s.doc("media/"+id))
	}
	s.verified()
}

// What a product no longer names, or never did, is deleted a week later; what hangs stays.
func TestPicturesAreTakenDown(t *testing.T) {
	s := open(t)
	s.makeBucket()
	first, second, never := s.upload(minori, "u1", png), s.upload(minori, "u2", png), s.upload(minori, "u3", png)
	p := s.sell("r1", with(first.GetMediaId(), second.GetMediaId()))
	gone := p.GetMedia()[0]
	_, err := s.admin(minori).CreateProduct(s.ctx, &catalogv1.CreateProductRequest{RequestId: "r2", Product: s.product(with(second.GetMediaId())), Reason: "test"})
	refused(t, err, fault.FieldInvalid) // it hangs on the first product
	p.Media = p.GetMedia()[1:]
	if p, err = s.update(minori, p); err != nil || len(p.GetMedia()) != 1 {
		t.Fatalf("media = %v, %v; want one left", p.GetMedia(), err)
	}
	s.verified()
	s.Advance(media.Kept - time.Minute)
	s.sweep(0)
	s.Advance(2 * time.Minute)
	if _, err := s.internal("scheduler").Sweep(s.ctx, &catalogv1.SweepRequest{}); err != nil {
		t.Fatal(err)
	}
	for url, want := range map[string]int{gone.GetUrl(): 404, s.address(never.GetMediaId()): 404, p.GetMedia()[0].GetUrl(): 200} {
		res, err := http.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		if res.Body.Close(); res.StatusCode != want {
			t.Errorf("%s answers %s, want %d", url, res.Status, want)
		}
	}
	if s.doc("media/"+gone.GetMediaId()) != nil || s.doc("media/"+p.GetMedia()[0].GetMediaId()) == nil {
		t.Error("want the picture that was taken down forgotten, the other kept")
	}
	s.verified()
}

func TestUploadRefused(t *testing.T) {
	s := open(t)
	for name, test := range map[string]struct {
		who  testenv.User
		req  *catalogv1.CreateUploadRequest
		want fault.Reason
	}{
		"a page":            {minori, &catalogv1.CreateUploadRequest{RequestId: "1", ContentType: "text/html", Size: 1}, fault.FieldInvalid},
		"a drawing in code": {minori, &catalogv1.CreateUploadRequest{RequestId: "1", ContentType: "image/svg+xml", Size: 1}, fault.FieldInvalid},
		"too large":         {minori, &catalogv1.CreateUploadRequest{RequestId: "1", ContentType: "image/png", Size: 5<<20 + 1}, fault.FieldInvalid},
		"without request":   {minori, &catalogv1.CreateUploadRequest{ContentType: "image/png", Size: 1}, fault.RequestIDMissing},
		"customer":          {hanako, &catalogv1.CreateUploadRequest{RequestId: "1", ContentType: "image/png", Size: 1}, fault.CallerNotAllowed},
		"operator":          {operator, &catalogv1.CreateUploadRequest{RequestId: "1", ContentType: "image/png", Size: 1}, fault.FieldInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := s.admin(test.who).CreateUpload(s.ctx, test.req)
			refused(t, err, test.want)
		})
	}
	if os.Getenv("STORAGE_EMULATOR_HOST") == "" {
		t.Error("STORAGE_EMULATOR_HOST is not set")
	}
}
