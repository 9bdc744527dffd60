package users

import (
	"strconv"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/cache"
)

// The cache keeps all users of usual size, and of users with full contents only as many as fit the
// same memory.
func TestLargeUsersFillTheCacheSooner(t *testing.T) {
	const room = 100
	for _, test := range []struct {
		name        string
		size        int
		least, most int
	}{
		{"usual", 1 << 10, room, room},
		{"large", 40 << 10, 1, room / 10},
		{"larger than all the room", usualUser * room, 0, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			users := newUsersCache(nil, room)
			for i := range 2 * room {
				u, err := cache.Get(users, strconv.Itoa(i), func() (*User, error) { return &User{Content: make([]byte, test.size)}, nil })
				if err != nil || len(u.Content) != test.size {
					t.Fatalf("user %d: got %d bytes, %v", i, len(u.Content), err)
				}
			}
			if kept := users.Len(); kept < test.least || kept > test.most {
				t.Errorf("got %d users kept, want %d to %d", kept, test.least, test.most)
			}
		})
	}
}
