package main

import (
	"bytes"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"

	"github.com/issho-shop/issho/internal/fault"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
)

// readJSONLines reads one product a line.
func readJSONLines(req *catalogv1.ImportProductsRequest) piece {
	rest, p := req.GetData(), piece{next: req.GetFirstLine()}
	for len(rest) > 0 {
		text, after, ended := bytes.Cut(rest, []byte("\n"))
		if !ended && !req.GetLast() {
			break
		}
		if len(bytes.TrimSpace(text)) > 0 {
			p.lines = append(p.lines, jsonLine(p.next, text))
		}
		p.consumed, p.next, rest = p.consumed+int64(len(rest)-len(after)), p.next+1, after
	}
	return p
}

func jsonLine(number int64, text []byte) line {
	l, m := line{number: number}, &catalogv1.Product{}
	if err := protojson.Unmarshal(text, m); err != nil {
		l.err = fault.Field("", "is no product in JSON: "+strings.TrimPrefix(err.Error(), "proto:"))
		return l
	}
	return checkedLine(l, m)
}
