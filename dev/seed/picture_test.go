package main

import (
	"bytes"
	"image/png"
	"testing"
)

func TestPicture(t *testing.T) {
	apple, err := picture("apple", "fruit")
	if err != nil {
		t.Fatal(err)
	}
	if again, _ := picture("apple", "fruit"); !bytes.Equal(apple, again) {
		t.Error("the same product has two pictures")
	}
	if pear, _ := picture("pear", "fruit"); bytes.Equal(apple, pear) {
		t.Error("two products have the same picture")
	}
	m, err := png.Decode(bytes.NewReader(apple))
	if err != nil || m.Bounds().Dx() != side || len(apple) > 64<<10 {
		t.Errorf("picture of %d bytes, %v: %v", len(apple), m.Bounds(), err)
	}
}
