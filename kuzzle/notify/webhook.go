package notify

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Webhook posts each message as JSON to a program of the operator: {"channel",
// "kind", "to", "subject", "text"}. With a Secret it signs them as Standard
// Webhooks specifies. A 2xx answer accepts the message; 400, 410 and 422 refuse it
// permanently; after every other answer it is sent again.
type Webhook struct {
	URL    string
	Secret string
	Client *http.Client
	Now    func() time.Time
}

var _ Sender = (*Webhook)(nil)

// posted is the JSON of a message to a webhook.
type posted struct {
	Channel Channel `json:"channel"`
	Kind    string  `json:"kind"`
	To      string  `json:"to"`
	Subject string  `json:"subject,omitempty"`
	Text    string  `json:"text"`
}

// Send implements Sender.
func (w *Webhook) Send(ctx context.Context, m Message) error {
	body, err := json.Marshal(posted{Channel: m.Channel, Kind: m.Kind, To: m.To, Subject: m.Subject, Text: m.Text})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("notify.webhook.url: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	if w.Secret != "" {
		sign(req.Header, w.Secret, rand.Text(), w.Now(), body)
	}
	res, err := w.Client.Do(req)
	if err != nil {
		// Its URL may hold a secret.
		if failed := new(url.Error); errors.As(err, &failed) {
			err = failed.Err
		}
		return fmt.Errorf("the webhook: %w", err)
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10))
	switch {
	case res.StatusCode/100 == 2:
		return nil
	case res.StatusCode == http.StatusBadRequest, res.StatusCode == http.StatusGone, res.StatusCode == http.StatusUnprocessableEntity:
		return fmt.Errorf("the webhook answered %d: %w", res.StatusCode, ErrRefused)
	}
	return fmt.Errorf("the webhook answered %d", res.StatusCode)
}

func sign(header http.Header, secret, id string, at time.Time, body []byte) {
	stamp := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "%s.%s.%s", id, stamp, body)
	header.Set("webhook-id", id)
	header.Set("webhook-timestamp", stamp)
	header.Set("webhook-signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
}
