package token

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/platform"
)

const (
	// MasterKeyFile is the master key's name in the data directory.
	MasterKeyFile = "master.key"
	// maxMasterKeyFile is the maximum size of a key file.
	maxMasterKeyFile = 16 << 10
)

// LoadMasterKey returns a Sealer with the first of: value (KUZZLE_MASTER_KEY),
// the file at path (KUZZLE_MASTER_KEY_FILE), and <dataDir>/master.key, which is
// created at the first encryption. Keys are 32 bytes in base64 or hex. Of
// several keys, separated by white space or commas, the first encrypts and all
// decrypt.
//
// A fault of the given key is an error at once, and so is a file that other
// users can read. An empty dataDir holds no key.
func LoadMasterKey(value, path, dataDir string) (*Sealer, error) {
	switch {
	case value != "":
		keys, err := parseMasterKeys(value)
		if err != nil {
			return nil, fmt.Errorf("KUZZLE_MASTER_KEY: %w", err)
		}
		return NewSealer(keys...)
	case path != "":
		keys, err := readMasterKeys(path)
		if err != nil {
			return nil, err
		}
		return NewSealer(keys...)
	case dataDir == "":
		return nil, errors.New("no master key: set KUZZLE_MASTER_KEY or KUZZLE_MASTER_KEY_FILE, for instance to the output of: openssl rand -base64 32")
	}
	file := filepath.Join(dataDir, MasterKeyFile)
	keys, err := readMasterKeys(file)
	switch {
	case err == nil:
		return NewSealer(keys...)
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	return &Sealer{provide: func(create bool) ([][]byte, error) { return provideMasterKeys(file, create) }}, nil
}

func provideMasterKeys(file string, create bool) ([][]byte, error) {
	keys, err := readMasterKeys(file)
	if !errors.Is(err, fs.ErrNotExist) {
		return keys, err
	}
	if !create {
		return nil, fmt.Errorf("%s is missing, and the data that it encrypted cannot be read: put it back, or set KUZZLE_MASTER_KEY: %w", file, fs.ErrNotExist)
	}
	if err := createMasterKey(file); err != nil {
		return nil, fmt.Errorf("make %s: %w", file, err)
	}
	// The first writer won: the key in the file counts.
	return readMasterKeys(file)
}

// createMasterKey writes a new key in one step, so that no crash leaves half a
// key. It keeps an existing key.
func createMasterKey(file string) error {
	dir := filepath.Dir(file)
	if err := platform.MakePrivate(dir); err != nil {
		return err
	}
	temp, err := os.CreateTemp(dir, MasterKeyFile+".*")
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name())
	_, err = temp.WriteString(base64.StdEncoding.EncodeToString(freshMasterKey()) + "\n")
	err = errors.Join(err, temp.Chmod(0o600), temp.Sync(), temp.Close())
	if err != nil {
		return err
	}
	err = os.Link(temp.Name(), file)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		// Not every file system has links; the data directory has one owner.
		err = os.Rename(temp.Name(), file)
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return platform.SyncFolder(dir)
}

func readMasterKeys(path string) ([][]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, notOpened(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("master key: %w", err)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 && runtime.GOOS != "windows" {
		return nil, fmt.Errorf("master key: %s can be read by others (mode %04o): run: chmod 600 %s", path, mode, path)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxMasterKeyFile))
	if err != nil {
		return nil, fmt.Errorf("master key: %w", err)
	}
	keys, err := parseMasterKeys(string(text))
	if err != nil {
		return nil, fmt.Errorf("master key: %s: %w", path, err)
	}
	return keys, nil
}

func notOpened(err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("master key: %w: make it readable for the user of this process only", err)
	}
	return fmt.Errorf("master key: %w", err)
}

// parseMasterKeys never quotes its input.
func parseMasterKeys(text string) ([][]byte, error) {
	words := strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' || r == '\r' || r == '\t' })
	if len(words) == 0 {
		return nil, errors.New("it is empty: give 32 bytes in base64 or hex")
	}
	keys := make([][]byte, 0, len(words))
	for i, word := range words {
		key, ok := decodeMasterKey(word)
		if !ok {
			return nil, fmt.Errorf("entry %d is not 32 bytes in base64 or hex", i+1)
		}
		keys = append(keys, key)
	}
	return keys, nil
}

func decodeMasterKey(word string) ([]byte, bool) {
	if key, err := hex.DecodeString(word); err == nil && len(key) == MasterKeyBytes {
		return key, true
	}
	word = strings.TrimRight(word, "=")
	for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		if key, err := encoding.DecodeString(word); err == nil && len(key) == MasterKeyBytes {
			return key, true
		}
	}
	return nil, false
}
