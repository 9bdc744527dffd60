package network

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"mime/multipart"
	"unicode/utf8"
)

// errNotForm is the only error for an unreadable form; it hides the content.
var errNotForm = errors.New("it is not a form in UTF-8 of the type that Content-Type names")

// decodeForm reads an urlencoded body: strings, or lists of strings for
// repeated keys.
func decodeForm(body []byte) (any, error) {
	fields := map[string]any{}
	err := eachPair(string(body), func(name, value string) {
		fields[name] = repeated(fields[name], value)
	})
	if err != nil {
		return nil, badBody(errNotForm) // err names a field, which may be a secret
	}
	return fields, nil
}

// decodeMultipart reads a multipart body: plain fields become strings, files
// become {filename, encoding, file} with the content as base64.
func decodeMultipart(body []byte, boundary string, maxPart int64, maxParts int) (any, error) {
	if boundary == "" {
		return nil, badBody(errors.New("the header Content-Type has no boundary"))
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
			return nil, badBody(errNotForm)
		}
		content, err := io.ReadAll(&bounded{from: part, left: maxPart, excess: ErrFileTooLarge})
		if errors.Is(err, ErrFileTooLarge) {
			return nil, ErrFileTooLarge.New()
		}
		if err != nil {
			return nil, badBody(errNotForm)
		}
		name := part.FormName()
		if !utf8.ValidString(name) || !utf8.ValidString(part.FileName()) {
			return nil, badBody(errNotUTF8)
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
			return nil, badBody(errNotUTF8)
		}
		fields[name] = string(content)
	}
}

func isFile(part *multipart.Part) bool { return part.FileName() != "" }
