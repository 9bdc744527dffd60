package network

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"mime/multipart"
	"unicode/utf8"
)

// decodeForm reads an urlencoded body: strings, or lists of them where a key is
// repeated.
func decodeForm(body []byte) (any, error) {
	fields := map[string]any{}
	err := eachPair(string(body), func(name, value string) {
		fields[name] = repeated(fields[name], value)
	})
	if err != nil {
		return nil, badBody(body, err)
	}
	return fields, nil
}

// decodeMultipart reads a multipart body: plain fields become strings, files
// become {filename, encoding, file} with the content as base64.
func decodeMultipart(body []byte, boundary string, maxPart int64, maxParts int) (any, error) {
	if boundary == "" {
		return nil, badBody(body, errors.New("no boundary"))
	}
	fields := map[string]any{}
	reader := multipart.NewReader(bytes.NewReader(body), boundary)
	for parts := 0; ; parts++ {
		part, err := reader.NextRawPart()
		if errors.Is(err, io.EOF) {
			return fields, nil
		}
		if parts == maxParts {
			return nil, ErrTooManyNodes.New(maxParts)
		}
		if err != nil {
			return nil, badBody(body, err)
		}
		content, err := io.ReadAll(&bounded{from: part, left: maxPart, excess: ErrFileTooLarge})
		if errors.Is(err, ErrFileTooLarge) {
			return nil, ErrFileTooLarge.New()
		}
		if err != nil {
			return nil, badBody(body, err)
		}
		name := part.FormName()
		if !utf8.ValidString(name) || !utf8.ValidString(part.FileName()) {
			return nil, badBody(body, errNotUTF8)
		}
		if isFile(part) {
			fields[name] = map[string]any{
				"filename": part.FileName(),
				"encoding": part.Header.Get("Content-Type"),
				"file":     base64.StdEncoding.EncodeToString(content),
			}
			continue
		}
		if !utf8.Valid(content) {
			return nil, badBody(body, errNotUTF8)
		}
		fields[name] = string(content)
	}
}

func isFile(part *multipart.Part) bool { return part.FileName() != "" }
