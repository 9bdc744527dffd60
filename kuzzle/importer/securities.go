package importer

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"slices"

	"github.com/gokuzzle/kuzzle/kuzzle/importer/texts"
)

// Members of a loadSecurities file.
const (
	rolesMember    = "roles"
	profilesMember = "profiles"
	usersMember    = "users"
)

// needed is the order in which each member follows the members it refers to.
var needed = []string{rolesMember, profilesMember, usersMember}

// rightsFirst names, in a checkpoint, the row order of a file whose own order is another.
const rightsFirst = "rights first"

// securities reads a loadSecurities file: one object with roles, profiles and users, each of
// them an object by id. It reads a file with another order three times, each time for one
// member.
type securities struct {
	jsonReader
	began bool
	// member is the member being read, "" between two.
	member string
	// left are the members to read one by one, beginning with the present one; none if the
	// file's order is right.
	left []string
	// reopen goes back to the beginning of the file.
	reopen func(last bool) (*texts.Elements, error)
	// far is the position of the members read so far in needed. late is set if a member
	// stands behind one that needs it.
	far  int
	late bool
}

// Next implements reader.
func (s *securities) Next() (*Row, error) {
	for {
		if s.member == "" {
			err := s.enter()
			if errors.Is(err, io.EOF) && len(s.left) > 1 {
				if err = s.turn(s.left[1:]); err == nil {
					continue
				}
			}
			if err != nil {
				return nil, texts.CutShort(err)
			}
		}
		row, err := s.jsonReader.Next()
		if !errors.Is(err, io.EOF) || s.elements.Shape == texts.Values {
			return row, err
		}
		s.member = ""
	}
}

// turn reopens the file for the first of the members left.
func (s *securities) turn(left []string) (err error) {
	s.left, s.began, s.member = left, false, ""
	s.elements, err = s.reopen(len(left) <= 1)
	return err
}

// enter goes to the next member that has rows, or returns io.EOF.
func (s *securities) enter() error {
	e := s.elements
	if !s.began {
		s.began = true
		if err := e.Expect('{'); err != nil {
			return err
		}
	}
	for {
		key, err := e.Member()
		if err != nil {
			return err
		}
		decode, ok := map[string]decoder{
			rolesMember: decodeKuzzleRole, profilesMember: decodeKuzzleProfile, usersMember: noticing(kuzzleFormat, nullable(kuzzleFormat, decodeKuzzleUser)),
		}[key]
		if !ok || len(s.left) > 0 && s.left[0] != key {
			if err := e.Value(false); err != nil {
				return err
			}
			continue
		}
		open, err := e.Token()
		switch {
		case err != nil:
			return e.Cut(err)
		case open != '{':
			return texts.Broken("%q is not an object", key)
		}
		e.Enter(texts.Members)
		s.member, s.decode = key, decode
		at := slices.Index(needed, key)
		s.late = s.late || at < s.far && len(s.left) == 0
		s.far = max(s.far, at)
		return nil
	}
}

// remarks implements remarker.
func (s *securities) remarks() []string {
	if !s.late {
		return nil
	}
	return []string{"roles or profiles stand behind the users or profiles that need them: run the import again, or import from a file instead of a stream"}
}

// arrange handles a file whose users or profiles stand before the objects they refer to: the
// reader reads the file once for each kind. It returns the resulting order of the rows.
func (i *input) arrange(s *securities, text *bufio.Reader) (order string, err error) {
	s.reopen = i.reopen
	head, _ := text.Peek(texts.Peeked) // reading meets any error again
	wrong, sure := misplaced(bufio.NewReader(bytes.NewReader(head)))
	if !sure {
		whole, err := i.again.Rewind()
		if err != nil {
			return "", err
		}
		if !whole {
			s.elements, err = i.begin(i.packed)
			return "", err
		}
		through, err := texts.Unpack(bufio.NewReaderSize(i.again, texts.Peeked))
		if err != nil {
			return "", err
		}
		if wrong, _ = misplaced(through); !wrong {
			return "", s.turn(nil)
		}
	}
	if !wrong {
		return "", nil
	}
	return rightsFirst, s.turn(needed)
}

// reopen goes back to the beginning. Only the last reading counts as progress.
func (i *input) reopen(last bool) (*texts.Elements, error) {
	if _, err := i.again.Rewind(); err != nil {
		return nil, err
	}
	if last {
		return i.begin(i.packed)
	}
	return i.begin(i.again)
}

func (i *input) begin(from io.Reader) (*texts.Elements, error) {
	text, err := i.text(from)
	if err != nil {
		return nil, err
	}
	return texts.NewElements(text, texts.Values), nil
}

// misplaced reports whether a member of a loadSecurities file stands before one that it may
// need. sure is false if the text ends before that is known.
func misplaced(text *bufio.Reader) (wrong, sure bool) {
	e := texts.NewElements(text, texts.Values)
	if e.Expect('{') != nil {
		return false, false
	}
	seen := map[string]bool{}
	for far := 0; ; {
		key, err := e.Member()
		if err != nil {
			return false, errors.Is(err, io.EOF)
		}
		at := slices.Index(needed, key)
		switch {
		case at >= 0 && at < far:
			return true, true
		case key == usersMember && seen[rolesMember] && seen[profilesMember]:
			return false, true
		}
		seen[key] = true
		far = max(far, at)
		if e.Value(false) != nil {
			return false, false
		}
	}
}
