package legacyhttp

import (
	"encoding/json"
	"errors"
	"net/url"
	"strings"
)

// question is a request's body with placeholders for a name and a password.
type question struct {
	encoding    string
	contentType string
	body        any
	// proof returns the value of proofPlace for a name; nil if there is none.
	proof func(name string) string
}

const (
	usernamePlace = "{username}"
	passwordPlace = "{password}"
	// proofPlace is only in bodies of a [system].
	proofPlace = "{proof}"
)

func newQuestion(o Options) (question, error) {
	q := question{encoding: o.Encoding, contentType: "application/json"}
	if q.encoding == asForm {
		q.contentType = "application/x-www-form-urlencoded"
	}
	if s := systems[o.System]; s.contentType != "" {
		q.contentType = s.contentType
	}
	if o.ClientSecret != "" {
		q.proof = o.proof
	}
	if err := json.Unmarshal(o.Body, &q.body); err != nil {
		return q, errors.New("body: give a JSON value")
	}
	text := string(o.Body)
	if !strings.Contains(text, usernamePlace) || !strings.Contains(text, passwordPlace) {
		return q, errors.New("body: give " + usernamePlace + " and " + passwordPlace + " their places")
	}
	if q.encoding != asForm {
		return q, nil
	}
	fields, ok := q.body.(map[string]any)
	for _, value := range fields {
		_, isText := value.(string)
		ok = ok && isText
	}
	if !ok {
		return q, errors.New("body: give an object of texts for a form")
	}
	return q, nil
}

// fill returns the body and its content type.
func (q question) fill(name, password string) (body []byte, contentType string, err error) {
	// Replace in one pass, so that a password that looks like a placeholder is sent as it is.
	places := []string{usernamePlace, name, passwordPlace, password}
	if q.proof != nil {
		places = append(places, proofPlace, q.proof(name))
	}
	filled := fill(q.body, strings.NewReplacer(places...))
	if q.encoding == asForm {
		form := url.Values{}
		for field, value := range filled.(map[string]any) {
			form.Set(field, value.(string))
		}
		return []byte(form.Encode()), q.contentType, nil
	}
	body, err = json.Marshal(filled)
	return body, q.contentType, err
}

func fill(value any, places *strings.Replacer) any {
	switch v := value.(type) {
	case string:
		return places.Replace(v)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = fill(v[i], places)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for key := range v {
			out[key] = fill(v[key], places)
		}
		return out
	}
	return value
}
