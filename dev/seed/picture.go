package main

import (
	"bytes"
	"hash/fnv"
	"image"
	"image/color"
	"image/png"
	"math"
)

// side is the width and height of a picture in pixels.
const side = 320

// picture draws a product's picture: always the same for the same key, another one for another key, in the colours of its
// category. Rings around a fruit of as many lobes as the key says.
func picture(key, category string) ([]byte, error) {
	k, c := sum(key), sum(category)
	hue := float64(c%360) / 360
	ground, ring, body, shade := hsv(hue, 0.12, 0.98), hsv(hue, 0.3, 0.92), hsv(hue+float64(k%60)/360, 0.65, 0.85), hsv(hue+float64(k%60)/360, 0.75, 0.6)
	m := image.NewPaletted(image.Rect(0, 0, side, side), color.Palette{ground, ring, body, shade})
	lobes, turn := float64(3+k%6), float64(k>>8%628)/100
	for y := range side {
		for x := range side {
			dx, dy := float64(x-side/2), float64(y-side/2)
			far, angle := math.Hypot(dx, dy), math.Atan2(dy, dx)
			edge := side * (0.28 + 0.05*math.Cos(lobes*angle+turn))
			switch {
			case far < edge && dx+dy > 0.35*side*math.Cos(turn):
				m.SetColorIndex(x, y, 3)
			case far < edge:
				m.SetColorIndex(x, y, 2)
			case int(far/side*float64(9+k%5))%2 == 1:
				m.SetColorIndex(x, y, 1)
			}
		}
	}
	var out bytes.Buffer
	err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&out, m)
	return out.Bytes(), err
}

func sum(text string) uint32 {
	h := fnv.New32a()
	h.Write([]byte(text))
	return h.Sum32()
}

// hsv is a colour by hue, saturation and value, each from 0 to 1; hues go round.
func hsv(h, s, v float64) color.Color {
	part := func(n float64) uint8 {
		k := math.Mod(n+h*6, 6)
		return uint8(255 * (v - v*s*max(0, min(k, 4-k, 1))))
	}
	return color.RGBA{part(5), part(3), part(1), 255}
}
