package platform

import (
	"runtime"
	"testing"
)

func TestMemory(t *testing.T) {
	bytes, known := Memory()
	if want := runtime.GOOS == "darwin" || runtime.GOOS == "windows"; known != want {
		t.Errorf("known is %t, want %t", known, want)
	}
	if known && bytes < 64<<20 {
		t.Errorf("%d bytes of memory", bytes)
	}
}

func TestFreeSpace(t *testing.T) {
	if bytes, known := FreeSpace(t.TempDir()); known && bytes <= 0 {
		t.Errorf("%d bytes are free", bytes)
	}
}
