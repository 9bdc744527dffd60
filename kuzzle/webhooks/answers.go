package webhooks

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"

	"github.com/gokuzzle/kuzzle/kuzzle/platform"
	"github.com/gokuzzle/kuzzle/kuzzle/queue"
)

// judge returns the error of an answer's status, nil if the endpoint accepted the
// message.
func judge(status int) error {
	if status >= 200 && status < 300 {
		return nil
	}
	answered := fmt.Sprintf("the endpoint answered %d", status)
	switch {
	case status == http.StatusGone:
		return queue.Saying(answered, fmt.Errorf("%w: %s", queue.ErrGiveUp, answered))
	case status >= 500, status == http.StatusRequestTimeout, status == http.StatusTooManyRequests:
		return queue.Saying(answered, fmt.Errorf("%w: %s", queue.ErrWait, answered))
	}
	return queue.Saying(answered, errors.New(answered))
}

// failed returns the kind of failure of a delivery without an answer. The error
// itself may contain data that the endpoint sent.
func failed(err error) string {
	var (
		name        *net.DNSError
		certificate *tls.CertificateVerificationError
		authority   x509.UnknownAuthorityError
		alert       tls.AlertError
		operation   *net.OpError
	)
	switch {
	case errors.As(err, &name):
		return "the name of the endpoint was not found"
	case errors.As(err, &certificate), errors.As(err, &authority):
		return "the certificate of the endpoint was not accepted"
	case errors.As(err, &alert):
		return "the endpoint did not speak a supported version of TLS"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), timedOut(err):
		return "the endpoint did not answer in time"
	case platform.Refused(err):
		return "the endpoint refused the connection"
	case errors.As(err, &operation) && operation.Op == "dial":
		return "no connection to the endpoint was made"
	}
	return "the connection to the endpoint broke"
}

func timedOut(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

// withoutURL returns a client's error without the URL, which may contain a secret of
// the receiver.
func withoutURL(err error) error {
	var about *url.Error
	if errors.As(err, &about) {
		return about.Err
	}
	return err
}
