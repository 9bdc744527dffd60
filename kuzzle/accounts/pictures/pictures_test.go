package pictures_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/pictures"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/blobs"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// png returns a picture of a size, different for each name.
func png(name string, size int) []byte {
	return append([]byte("\x89PNG\r\n\x1a\n"+name+" "), bytes.Repeat([]byte("x"), size)...)
}

const pictureSize = 300 << 10 // two pieces, so a picture has three documents

// painter is a bench whose users have pictures.
type painter struct{ *accountstest.Bench }

func newPainter(t *testing.T, kuids ...string) painter {
	t.Helper()
	p := painter{accountstest.New(t, nil)}
	for _, kuid := range kuids {
		p.enter(t, kuid)
	}
	return p
}

func (p painter) enter(t *testing.T, kuid string) {
	t.Helper()
	nu := accountstest.Person(kuid, "correct horse")
	nu.ID = kuid
	p.Create(t, nu)
}

func (p painter) set(t *testing.T, kuid string, picture []byte) users.Picture {
	t.Helper()
	set, err := p.Pictures.Set(t.Context(), accountstest.Admin, kuid, bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// shown returns a user's picture as read, nil for a user without one. It checks that a stored
// picture can be read.
func (p painter) shown(t *testing.T, kuid string) []byte {
	t.Helper()
	var got bytes.Buffer
	_, content, err := p.Pictures.Open(t.Context(), kuid, func(users.Picture) bool { return false })
	if errors.Is(err, pictures.ErrNone) || errors.Is(err, users.ErrUserNotFound) {
		return nil
	}
	if err == nil {
		err = content.Copy(t.Context(), &got)
	}
	if err != nil {
		t.Errorf("%s has a picture that cannot be read: %v", kuid, err)
	}
	return got.Bytes()
}

func (p painter) wantShown(t *testing.T, kuid string, want []byte) {
	t.Helper()
	if got := p.shown(t, kuid); !bytes.Equal(got, want) {
		t.Errorf("%s is shown with %d bytes, want %d", kuid, len(got), len(want))
	}
}

func (p painter) wantStored(t *testing.T, when string, want int) {
	t.Helper()
	if got := p.Store.Info(t.Context()).Counts[storage.Blobs]; got != int64(want) {
		t.Errorf("%s %d documents are stored, want %d", when, got, want)
	}
}

// TestPicturesLeave checks that a picture is stored once for all its owners, and deleted with the
// last of them, however that one is deleted.
func TestPicturesLeave(t *testing.T) {
	p := newPainter(t, "anna", "bert", "cleo")
	same, other := png("same", pictureSize), png("other", pictureSize)
	first := p.set(t, "anna", same)
	p.set(t, "bert", same)
	p.wantStored(t, "when two have the same one", 3)
	if err := p.Users.Delete(t.Context(), accountstest.Admin, "anna", false); err != nil {
		t.Fatal(err)
	}
	p.wantShown(t, "bert", same)
	for range 5 {
		p.set(t, "bert", other)
		p.set(t, "bert", same)
		p.wantStored(t, "after another and back", 3)
	}
	p.set(t, "cleo", other)
	if err := p.Pictures.Delete(t.Context(), accountstest.Admin, "cleo"); err != nil {
		t.Fatal(err)
	}
	p.wantStored(t, "when cleo has none", 3)
	p.set(t, "cleo", other)
	if err := p.Users.Delete(t.Context(), accountstest.Admin, "cleo", false); err != nil {
		t.Fatal(err)
	}
	p.wantStored(t, "when cleo has left", 3)
	p.enter(t, "cleo")
	p.wantShown(t, "bert", same)

	// A user created again under a former name has no picture, and keeps a new one.
	p.enter(t, "anna")
	p.wantShown(t, "anna", nil)
	p.set(t, "anna", same)
	p.Users.Sweep(t.Context(), &users.User{Kuid: "anna", Picture: &first})
	p.wantShown(t, "anna", same)

	// A load replaces a user.
	over := imports.Securities{OnExisting: imports.OverwriteExisting, Users: map[string]any{
		"anna": map[string]any{"content": map[string]any{"profileIds": []any{"default"}}},
	}}
	if err := p.Imports.Load(t.Context(), accountstest.Admin, over); err != nil {
		t.Fatal(err)
	}
	p.wantShown(t, "anna", nil)
	p.wantStored(t, "after a load over anna", 3)

	// A change, a ban and a merge keep the picture.
	if _, err := p.Users.Update(t.Context(), accountstest.Admin, "bert", map[string]any{"a": 1.0}, users.Edit{}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Users.Ban(t.Context(), accountstest.Admin, "bert", false); err != nil {
		t.Fatal(err)
	}
	row := imports.Row{ID: "bert", Content: map[string]any{"profileIds": []any{"default"}, "b": 1.0}}
	if results, err := p.Imports.Import(t.Context(), accountstest.Admin, imports.Import{OnConflict: imports.ConflictMerge}, []imports.Row{row}); err != nil || results[0].Err != nil {
		t.Fatal(results, err)
	}
	p.wantShown(t, "bert", same)

	// An exported file has no pictures and says so, and a file with some is refused with the
	// reason.
	written, _, err := p.Imports.Export(t.Context(), "", true)
	if err != nil || len(written) != 3 || written[1].Belongings != nil || !slices.Equal(written[1].Lost, []string{"picture"}) || written[0].Lost != nil {
		t.Errorf("exported %+v, %v", written, err)
	}
	row.Belongings = map[string]any{"picture": "iVBORw0KGgo="}
	results, err := p.Imports.Import(t.Context(), accountstest.Admin, imports.Import{OnConflict: imports.ConflictMerge}, []imports.Row{row})
	if err != nil || !errors.Is(results[0].Err, users.ErrBelongings) || !strings.Contains(results[0].Err.Error(), "setPicture") {
		t.Errorf("a row with a picture: got %v, %v", results, err)
	}

	if _, err := p.Care.Reset(t.Context(), accountstest.Admin); err != nil {
		t.Fatal(err)
	}
	p.wantStored(t, "after a reset", 0)
}

// killed is a store whose process is killed at a commit: before it, or after it.
type killed struct {
	storage.Store
	left        int
	after, dead bool
}

var errDead = errors.New("killed")

func (k *killed) Commit(ctx context.Context, change storage.Change) (storage.Rev, error) {
	if k.left--; k.left >= 0 && !k.dead {
		return k.Store.Commit(ctx, change)
	}
	if k.after && !k.dead {
		if _, err := k.Store.Commit(ctx, change); err != nil {
			return storage.Rev{}, err
		}
	}
	k.dead = true
	return storage.Rev{}, errDead
}

// TestPictureDeaths: at whatever commit of a change the process is killed, the user has the former
// or the next picture, which can be read and survives the upkeep. The upkeep removes everything
// else.
func TestPictureDeaths(t *testing.T) {
	former, next, bert := png("former", 10), png("next", 10), png("berts", 10)
	for name, do := range map[string]func(b *accountstest.Bench) error{
		"another": func(b *accountstest.Bench) error {
			_, err := b.Pictures.Set(t.Context(), accountstest.Admin, "anna", bytes.NewReader(next))
			return err
		},
		"the one of bert": func(b *accountstest.Bench) error {
			_, err := b.Pictures.Set(t.Context(), accountstest.Admin, "anna", bytes.NewReader(bert))
			return err
		},
		"none": func(b *accountstest.Bench) error { return b.Pictures.Delete(t.Context(), accountstest.Admin, "anna") },
		"no anna": func(b *accountstest.Bench) error {
			return b.Users.Delete(t.Context(), accountstest.Admin, "anna", false)
		},
		"the same": func(b *accountstest.Bench) error {
			_, err := b.Pictures.Set(t.Context(), accountstest.Admin, "anna", bytes.NewReader(former))
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPainter(t, "bert")
			p.set(t, "bert", bert)
			for _, after := range []bool{false, true} {
				for commit, dead := 0, true; dead; commit++ {
					if _, err := p.Users.User(t.Context(), "anna"); err != nil {
						p.enter(t, "anna")
					}
					p.set(t, "anna", former)
					k := &killed{Store: p.Store, left: 1 << 20, after: after}
					dying := accountstest.NewOn(t, k, nil)
					k.left = commit
					if err := do(dying); err != nil && !k.dead {
						t.Fatal(err)
					}
					dead = k.dead
					when := fmt.Sprintf("killed at commit %d (after it: %t)", commit, after)
					shown := p.shown(t, "anna")
					if dead && !after && commit == 0 {
						p.wantShown(t, "anna", former)
					}
					p.wantShown(t, "bert", bert)
					for range 2 { // twice the age below which the upkeep keeps blobs
						p.Advance(forgotten)
						if _, err := p.Pictures.Upkeep(t.Context()); err != nil {
							t.Fatal(err)
						}
						p.wantShown(t, "anna", shown)
						p.wantShown(t, "bert", bert)
					}
					stored := 2
					if shown != nil && !bytes.Equal(shown, bert) {
						stored = 4
					}
					p.wantStored(t, when, stored)
					if shown != nil {
						if err := p.Pictures.Delete(t.Context(), accountstest.Admin, "anna"); err != nil {
							t.Fatal(err)
						}
					}
					p.wantStored(t, when+", when anna has none", 2)
				}
			}
		})
	}
}

// mute is a store that writes users and then loses its answers.
type mute struct {
	storage.Store
	is bool
}

func (m *mute) Commit(ctx context.Context, change storage.Change) (storage.Rev, error) {
	rev, err := m.Store.Commit(ctx, change)
	if m.is && err == nil && change.In == storage.Users {
		return storage.Rev{}, storage.ErrUnavailable.New()
	}
	return rev, err
}

// TestPictureAnswerLost checks that no picture is removed that the user may have, if the answer to
// a write is lost.
func TestPictureAnswerLost(t *testing.T) {
	p := newPainter(t, "anna")
	m := &mute{Store: p.Store}
	on := accountstest.NewOn(t, m, nil)
	m.is = true
	next := png("next", 10)
	if _, err := on.Pictures.Set(t.Context(), accountstest.Admin, "anna", bytes.NewReader(next)); !errors.Is(err, storage.ErrUnavailable) {
		t.Fatalf("got %v, want unavailable", err)
	}
	p.wantShown(t, "anna", next)
	if err := on.Pictures.Delete(t.Context(), accountstest.Admin, "anna"); !errors.Is(err, storage.ErrUnavailable) {
		t.Fatalf("got %v, want unavailable", err)
	}
	p.wantShown(t, "anna", nil)
	p.Advance(forgotten)
	if removed, err := p.Pictures.Upkeep(t.Context()); removed != 1 || err != nil {
		t.Errorf("removed %d, %v, want 1", removed, err)
	}
	p.wantStored(t, "after the upkeep", 0)
}

// forgotten is an age above which the upkeep removes blobs.
const forgotten = 2 * time.Hour

// TestPicturesAtOnce: two servers concurrently change one user's picture and share another's. In
// the end each user has one picture that can be read, and nothing else is stored.
func TestPicturesAtOnce(t *testing.T) {
	p := newPainter(t, "anna", "bert")
	servers := []*accountstest.Bench{p.Bench, accountstest.NewOn(t, p.Store, nil)}
	contents := [][]byte{png("one", pictureSize), png("two", 10)}
	var all sync.WaitGroup
	for worker := range 6 {
		all.Go(func() {
			for round := range 6 {
				on, kuid := servers[worker%2], []string{"anna", "bert"}[worker/2%2]
				var err error
				if round%3 == 2 {
					err = on.Pictures.Delete(t.Context(), accountstest.Admin, kuid)
				} else {
					_, err = on.Pictures.Set(t.Context(), accountstest.Admin, kuid, bytes.NewReader(contents[(worker+round)%2]))
				}
				if err != nil && !errors.Is(err, storage.ErrConflict) && !errors.Is(err, pictures.ErrNone) {
					t.Error(err)
				}
				_, content, err := on.Pictures.Open(t.Context(), kuid, func(users.Picture) bool { return false })
				if err == nil {
					err = content.Copy(t.Context(), io.Discard)
				}
				// It may be replaced during the read.
				if err != nil && !errors.Is(err, pictures.ErrNone) && !errors.Is(err, blobs.ErrGone) {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	stored := map[string]int{}
	for _, kuid := range []string{"anna", "bert"} {
		p.set(t, kuid, contents[0])
		stored[string(p.shown(t, kuid))] = 3
	}
	p.wantStored(t, "in the end", 3*len(stored))
}

// TestPictureIsRead checks that a bad body is refused before anything is stored, and that an
// interrupted upload keeps the former picture.
func TestPictureIsRead(t *testing.T) {
	p := newPainter(t, "anna")
	former := png("former", 10)
	p.set(t, "anna", former)
	left := errors.New("the client left")
	for name, test := range map[string]struct {
		from io.Reader
		want error
	}{
		"a script":    {strings.NewReader("<svg onload=alert(1)>"), pictures.ErrType},
		"cut short":   {io.MultiReader(bytes.NewReader(png("next", pictureSize)), broken{left}), left},
		"no begin":    {broken{left}, left},
		"too large":   {bytes.NewReader(png("next", pictures.MaxBytes)), blobs.ErrTooLarge},
		"too short":   {strings.NewReader("\x89PNG"), pictures.ErrType},
		"not a webp":  {strings.NewReader("RIFF????WEBPVPX "), pictures.ErrType},
		"a short gif": {strings.NewReader("GIF88a"), pictures.ErrType},
	} {
		if _, err := p.Pictures.Set(t.Context(), accountstest.Admin, "anna", test.from); !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", name, err, test.want)
		}
		p.wantStored(t, "after "+name, 2)
		p.wantShown(t, "anna", former)
	}
	// A second concurrent upload for a user is refused.
	pipe, write := io.Pipe()
	done := make(chan error)
	go func() {
		_, err := p.Pictures.Set(t.Context(), accountstest.Admin, "anna", pipe)
		done <- err
	}()
	if _, err := write.Write(png("slow", 100)); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Pictures.Set(t.Context(), accountstest.Admin, "anna", bytes.NewReader(former)); !errors.Is(err, storage.ErrConflict) {
		t.Errorf("a second one at once: got %v, want a conflict", err)
	}
	_ = write.Close()
	if err := <-done; err != nil {
		t.Error(err)
	}
	p.wantShown(t, "anna", png("slow", 100))
}

type broken struct{ err error }

func (b broken) Read([]byte) (int, error) { return 0, b.err }
