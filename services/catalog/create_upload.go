package main

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/firedb"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	"github.com/issho-shop/issho/services/catalog/internal/media"
)

// CreateUpload makes a place for a picture and signs its address, anew for a repeat.
func (s *catalogServer) CreateUpload(ctx context.Context, req *catalogv1.CreateUploadRequest) (*catalogv1.CreateUploadResponse, error) {
	merchantID, err := ownMerchant(ctx, req.GetMerchantId())
	if err != nil {
		return nil, err
	}
	request, err := firedb.NewRequest(caller.From(ctx), req, s.now())
	if err != nil {
		return nil, err
	}
	id := request.ID("med")
	m, err := firedb.Once(ctx, s.db, request, id, media.ByID, func() (media.Media, []firedb.Write, error) {
		m := media.New(id, merchantID, req.GetContentType(), req.GetSize(), s.now())
		return m, []firedb.Write{m.Create(s.db)}, nil
	})
	if err != nil {
		return nil, err
	}
	until := time.Now().Add(uploadTime) // the storage knows no clock but the real one
	url, err := s.gallery.address(m, until)
	return &catalogv1.CreateUploadResponse{MediaId: m.ID, Url: url, Headers: m.Headers(), ExpireTime: timestamppb.New(until)}, err
}
