package edge

import (
	"slices"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

// Clients name the API version by a header or by a parameter.
const (
	versionHeader    = "Clerk-API-Version"
	versionParameter = "__clerk_api_version"
)

// Version is an API version: the day it came out.
type Version string

// Versions that changed something here.
const (
	oldest Version = "2021-02-05"
	// CompactTokens is the version since which session tokens have one claim for
	// organizations, and the API no longer verifies sessions.
	CompactTokens Version = "2025-04-10"
	// MetadataApart is the version since which PATCH does not accept metadata.
	MetadataApart Version = "2026-05-12"
)

// versions are the known versions, in order.
var versions = []Version{oldest, "2024-10-01", "2025-03-12", CompactTokens, "2025-11-10", MetadataApart}

// checkVersion refuses a request with an unknown version or with two. Well-formed
// versions later than the newest are treated like the newest.
func checkVersion(req *api.Request) error {
	named := req.Headers.Values(versionHeader)
	if asked := req.Arg(versionParameter); asked != nil {
		text, ok := asked.(string)
		if !ok {
			return VersionInvalid.New()
		}
		named = append(slices.Clip(named), text)
	}
	switch {
	case len(named) == 0:
		return nil
	case len(named) > 1 || !knownVersion(named[0]):
		return VersionInvalid.New()
	}
	return nil
}

func knownVersion(version string) bool {
	if slices.Contains(versions, Version(version)) {
		return true
	}
	_, err := time.Parse(time.DateOnly, version)
	return err == nil && Version(version) > versions[len(versions)-1]
}

// AtLeast reports whether a request uses an API version or a later one.
func AtLeast(req *api.Request, version Version) bool {
	named := req.Headers.Get(versionHeader)
	if named == "" {
		named, _ = req.Arg(versionParameter).(string)
	}
	return Version(named) >= version
}
