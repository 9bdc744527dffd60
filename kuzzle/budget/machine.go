package budget

import (
	"bufio"
	"math"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/platform"
)

// Part is the fraction of the memory that the default budget takes.
const Part = 4

// Default returns the default budget for this machine in bytes: a quarter of its
// memory, or of the limit of the process's control group, and at least [Least].
func Default() int64 {
	if bytes, known := platform.Memory(); known {
		return partOf(bytes)
	}
	return defaultFor("/")
}

// defaultFor reads the files of Linux below a root.
func defaultFor(root string) int64 { return partOf(min(machineMemory(root), groupMemory(root))) }

func partOf(available int64) int64 {
	if available == math.MaxInt64 {
		return Least // unknown
	}
	return max(Least, available/Part)
}

// machineMemory returns the value in /proc/meminfo, MaxInt64 without one.
func machineMemory(root string) int64 {
	file, err := os.Open(filepath.Join(root, "proc/meminfo"))
	if err != nil {
		return math.MaxInt64
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		rest, found := strings.CutPrefix(lines.Text(), "MemTotal:")
		if !found {
			continue
		}
		if kib, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(rest, "kB")), 10, 64); err == nil {
			return kib << 10
		}
	}
	return math.MaxInt64
}

// groupMemory returns the lowest limit of the process's control group and those
// above it, of version 1 or 2; MaxInt64 for none.
func groupMemory(root string) int64 {
	text, err := os.ReadFile(filepath.Join(root, "proc/self/cgroup"))
	if err != nil {
		return math.MaxInt64
	}
	least := int64(math.MaxInt64)
	for line := range strings.Lines(string(text)) {
		// A line is hierarchy:controllers:path; version 2 has hierarchy 0 and no
		// controllers.
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) != 3 {
			continue
		}
		if parts[0] == "0" && parts[1] == "" {
			least = min(least, leastAbove(filepath.Join(root, "sys/fs/cgroup"), parts[2], "memory.max"))
		}
		for controller := range strings.SplitSeq(parts[1], ",") {
			if controller == "memory" {
				least = min(least, leastAbove(filepath.Join(root, "sys/fs/cgroup/memory"), parts[2], "memory.limit_in_bytes"))
			}
		}
	}
	return least
}

// leastAbove returns the lowest number in the file of a group and of all above
// it. In a container the path may be one of the host, of which only the top
// exists.
func leastAbove(mount, group, file string) int64 {
	least := int64(math.MaxInt64)
	for group = path.Clean("/" + group); ; group = path.Dir(group) {
		text, err := os.ReadFile(filepath.Join(mount, group, file))
		if limit, wrong := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil && wrong == nil && limit > 0 {
			least = min(least, limit)
		}
		if group == "/" {
			return least
		}
	}
}
