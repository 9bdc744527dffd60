package budget

import (
	"os"
	"path/filepath"
	"testing"
)

// TestDefault reads the memory of the machine and of the control groups from
// files as Linux writes them.
func TestDefault(t *testing.T) {
	const meminfo = "MemTotal:       16777216 kB\nMemFree:         1000000 kB\n"
	tests := []struct {
		name  string
		files map[string]string
		want  int64
	}{
		{"nobody knows", nil, Least},
		{"a machine", map[string]string{"proc/meminfo": meminfo}, 4 << 30},
		{"a small machine", map[string]string{"proc/meminfo": "MemTotal: 262144 kB\n"}, Least},
		{"a group of version 2", map[string]string{
			"proc/meminfo": meminfo, "proc/self/cgroup": "0::/system.slice/kuzzle.service\n",
			"sys/fs/cgroup/system.slice/kuzzle.service/memory.max": "2147483648\n",
		}, 512 << 20},
		{"the group above is less", map[string]string{
			"proc/meminfo": meminfo, "proc/self/cgroup": "0::/system.slice/kuzzle.service\n",
			"sys/fs/cgroup/system.slice/kuzzle.service/memory.max": "max\n",
			"sys/fs/cgroup/system.slice/memory.max":                "4294967296\n",
		}, 1 << 30},
		{"a container that sees the top alone", map[string]string{
			"proc/meminfo": meminfo, "proc/self/cgroup": "0::/../../docker/abc\n", "sys/fs/cgroup/memory.max": "1073741824\n",
		}, 256 << 20},
		{"a group without a limit", map[string]string{
			"proc/meminfo": meminfo, "proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "max\n",
		}, 4 << 30},
		{"a group of version 1", map[string]string{
			"proc/meminfo": meminfo, "proc/self/cgroup": "5:cpu,cpuacct:/x\n9:memory:/docker/abc\n",
			"sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes": "1073741824\n",
		}, 256 << 20},
		{"version 1 without a limit", map[string]string{
			"proc/meminfo": meminfo, "proc/self/cgroup": "9:memory:/\n",
			"sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
		}, 4 << 30},
		{"both versions", map[string]string{
			"proc/meminfo": meminfo, "proc/self/cgroup": "0::/\n9:memory:/abc\n",
			"sys/fs/cgroup/memory/abc/memory.limit_in_bytes": "2147483648\n",
		}, 512 << 20},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			root := t.TempDir()
			for name, text := range test.files {
				full := filepath.Join(root, name)
				if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(full, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if got := defaultFor(root); got != test.want {
				t.Errorf("the budget is %d MiB, want %d MiB", got>>20, test.want>>20)
			}
		})
	}
}
