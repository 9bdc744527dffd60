package legacyhttp

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/gokuzzle/kuzzle/strategies"
)

const (
	// maxAnswer bounds the part of an answer that is read, in bytes.
	maxAnswer = 64 << 10

	// retryIn is the Retry-After if the old system gives none.
	retryIn    = 5 * time.Second
	maxRetryIn = time.Minute
)

// asker sends a bounded number of concurrent requests to the old system.
type asker struct {
	options  Options
	question question
	client   *http.Client
	turns    *strategies.Turns
	log      *slog.Logger
	// peer returns the client of a login.
	peer func(context.Context) strategies.Peer
}

// errNoAnswer is wrapped by every answer that is neither yes nor no.
var errNoAnswer = errors.New("no answer")

// ask returns whether the password is right, and the answer's body. Its error is ErrUnavailable
// with its cause, or ctx's error.
func (a *asker) ask(ctx context.Context, name, password string) (yes bool, body []byte, err error) {
	limited, cancel := context.WithTimeout(ctx, a.options.timeout())
	defer cancel()
	again := retryIn
	done, err := a.turns.Take(limited)
	if err == nil {
		yes, body, again, err = a.send(limited, name, password)
		done()
	}
	switch {
	case ctx.Err() != nil:
		return false, nil, ctx.Err()
	case err != nil:
		return false, nil, ErrUnavailable.New().RetryIn(again).Because(err)
	}
	return yes, body, nil
}

func (a *asker) send(ctx context.Context, name, password string) (yes bool, body []byte, again time.Duration, err error) {
	again = retryIn
	text, contentType, err := a.question.fill(name, password)
	if err != nil {
		return false, nil, again, err
	}
	request, err := http.NewRequestWithContext(ctx, a.options.Method, a.options.URL, bytes.NewReader(text))
	if err != nil {
		return false, nil, again, err
	}
	for header, value := range a.options.SecretHeaders {
		request.Header.Set(header, value)
	}
	known, hasSystem := systems[a.options.System]
	for header, value := range known.headers {
		request.Header.Set(header, value)
	}
	if from := a.peer(ctx).Addr; known.forward != "" && from.IsValid() {
		request.Header.Set(known.forward, from.String())
	}
	request.Header.Set("Content-Type", contentType)
	request.Header.Set("Accept", "application/json")
	answer, err := a.client.Do(request)
	if err != nil {
		return false, nil, again, fmt.Errorf("%w: %w", errNoAnswer, withoutURL(err))
	}
	defer answer.Body.Close()
	body, err = io.ReadAll(io.LimitReader(answer.Body, maxAnswer+1))
	switch {
	case err != nil:
		return false, nil, again, fmt.Errorf("%w: %w", errNoAnswer, err)
	case len(body) > maxAnswer:
		return false, nil, again, fmt.Errorf("%w: more than %d bytes", errNoAnswer, maxAnswer)
	}
	if !hasSystem {
		yes, err = a.options.judge(answer.StatusCode, body)
		return yes, body, retryAfter(answer.Header), err
	}
	means, err := known.judge(answer.StatusCode, body)
	return a.admits(ctx, means), body, retryAfter(answer.Header), err
}

// admits reports whether an answer lets a user in. The log tells the operator about refusals that
// the user cannot tell from a wrong password.
func (a *asker) admits(ctx context.Context, means meaning) bool {
	switch {
	case means == shut:
		a.log.InfoContext(ctx, "the old system shuts a user out, so the login is refused", "system", a.options.System)
	case means == factor && !a.options.WithoutFactor:
		a.log.InfoContext(ctx, "the old system asks for a second factor, so the login is refused; acceptWithoutFactor accepts it", "system", a.options.System)
	}
	return means == right || means == factor && a.options.WithoutFactor
}

// nobody returns a name that nobody has.
func (a *asker) nobody() string { return "nobody-" + rand.Text() + systems[a.options.System].nobody }

// withoutURL removes the URL, which may hold a key.
func withoutURL(err error) error {
	var failure *url.Error
	if errors.As(err, &failure) {
		return failure.Err
	}
	return err
}

func retryAfter(header http.Header) time.Duration {
	seconds, err := strconv.Atoi(header.Get("Retry-After"))
	if err != nil || seconds <= 0 {
		return retryIn
	}
	return min(time.Duration(min(seconds, int(maxRetryIn/time.Second)))*time.Second, maxRetryIn)
}
