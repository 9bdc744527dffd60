package metrics

import (
	"bytes"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// ticks is the number of the kernel's time units in a second, on every
// architecture that Go supports.
const ticks = 100

// Fields of /proc/self/stat after the program's name, as proc(5) counts them from
// the third on.
const (
	userTime   = 14 - 3
	systemTime = 15 - 3
	started    = 22 - 3
	virtual    = 23 - 3
	resident   = 24 - 3
)

// exposeProcess adds the system's values for the process. It leaves out unknown
// values.
func exposeProcess(to *exposition) {
	if text, err := os.ReadFile("/proc/self/stat"); err == nil {
		_, behind, _ := bytes.Cut(text, []byte(") "))
		fields := strings.Fields(string(behind))
		if len(fields) <= resident {
			return
		}
		number := func(at int) float64 {
			n, _ := strconv.ParseFloat(fields[at], 64)
			return n
		}
		to.one(counter, "process_cpu_seconds_total", (number(userTime)+number(systemTime))/ticks, "Processor time that the program used.")
		to.one(gauge, "process_virtual_memory_bytes", number(virtual), "Size of the address space.")
		to.one(gauge, "process_resident_memory_bytes", number(resident)*float64(os.Getpagesize()), "Resident memory of the program.")
		if booted, err := bootTime(); err == nil {
			to.one(gauge, "process_start_time_seconds", booted+number(started)/ticks, "When the program started, in seconds since 1970.")
		}
	}
	if open, err := os.ReadDir("/proc/self/fd"); err == nil {
		to.one(gauge, "process_open_fds", float64(len(open)), "Open descriptors.")
	}
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) == nil {
		to.one(gauge, "process_max_fds", float64(limit.Cur), "Maximum number of open descriptors.")
	}
	if unix.Getrlimit(unix.RLIMIT_AS, &limit) == nil {
		to.one(gauge, "process_virtual_memory_max_bytes", float64(limit.Cur), "Maximum size of the address space.")
	}
}

// bootTime returns when the machine started, in seconds since 1970.
func bootTime() (float64, error) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, err
	}
	_, rest, _ := bytes.Cut(text, []byte("\nbtime "))
	line, _, _ := bytes.Cut(rest, []byte("\n"))
	return strconv.ParseFloat(string(line), 64)
}
