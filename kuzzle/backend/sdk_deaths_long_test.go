//go:build long

package backend

import (
	"os"
	"testing"
)

// TestKilledUnderSDK is TestKilledAtEveryCommit driven by the unmodified kuzzle-sdk, over
// both of its protocols. It needs node and the SDK, which .ci/long brings.
func TestKilledUnderSDK(t *testing.T) {
	if os.Getenv(sdkVariable) == "" {
		t.Fatal(sdkVariable + " names no folder with kuzzle-sdk")
	}
	for _, protocol := range []string{"websocket", "http"} {
		sdk := func(t *testing.T) func(*deaths) {
			bridge := newSDKBridge(t, protocol)
			return func(d *deaths) { d.sdk = bridge }
		}
		t.Run("sqlite over "+protocol, func(t *testing.T) { dieOften(t, nil, losses, sdk(t)) })
		t.Run("elasticsearch over "+protocol, func(t *testing.T) { dieOften(t, oneCluster(t), losses, sdk(t)) })
	}
}
