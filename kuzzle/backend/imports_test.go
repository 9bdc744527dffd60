package backend_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	module = "github.com/gokuzzle/kuzzle/"
	root   = "../.."
)

// allowedImports lists which packages of the project a package may import, besides those that every package
// may import (everywhere). A name with /* stands for the packages below. Test files are free: they
// may use real neighbours.
var allowedImports = map[string][]string{
	"kuzzle": {"clerk/hooks", "kuzzle/backend", "kuzzle/cli", "kuzzle/publishable", "kuzzle/budget", "kuzzle/config", "kuzzle/exporter", "kuzzle/importer", "kuzzle/importer/exports", "kuzzle/webhooks", "kuzzle/accounts/*", "clerk/scripts"},
	// The composition root may import everything but main.
	"kuzzle/backend": {"kuzzle/*", "controllers/*", "clerk/*", "strategies", "strategies/backupcode", "strategies/digestimport", "strategies/external", "strategies/legacyhttp", "strategies/local", "strategies/ticket", "strategies/totp", "profiles"},

	"kuzzle/network":  {"kuzzle/api", "kuzzle/budget"},
	"kuzzle/api":      {},
	"kuzzle/metrics":  {"kuzzle/api"},
	"kuzzle/outbound": {},

	// The domain: each part knows only those above it here.
	"kuzzle/accounts/cache":         {"kuzzle/storage"},
	"kuzzle/accounts/registry":      {"strategies"},
	"kuzzle/accounts/users":         append(domain("cache", "registry"), "kuzzle/blobs", "kuzzle/storage/mapping"),
	"kuzzle/accounts/pictures":      append(domain("users", "organizations"), "kuzzle/blobs"),
	"kuzzle/accounts/organizations": domain("registry", "users"),
	"kuzzle/accounts/admission":     domain("users"),
	"kuzzle/accounts/listing":       domain("registry", "users"),
	"kuzzle/accounts/foresight":     domain("users"),
	"kuzzle/accounts/sessions":      domain("cache", "registry", "users"),
	"kuzzle/accounts/tickets":       domain("registry", "users", "credentials", "organizations"),
	"kuzzle/accounts/attempts":      domain("registry", "users"),
	"kuzzle/accounts/credentials":   append(domain("registry", "users", "sessions", "attempts"), "strategies/local/strength"),
	"kuzzle/accounts/logins":        domain("registry", "users", "sessions", "attempts", "credentials"),
	"kuzzle/accounts/contacts":      domain("users", "attempts", "codes", "credentials", "logins"),
	"kuzzle/accounts/clients":       domain("users", "sessions"),
	"kuzzle/accounts/codes":         domain(),
	"kuzzle/accounts/signins":       domain("registry", "users", "attempts", "codes", "logins"),
	"kuzzle/accounts/signups":       domain("users", "attempts", "codes", "credentials", "logins"),
	"kuzzle/accounts/imports":       domain("registry", "users", "sessions", "credentials", "organizations"),
	"kuzzle/accounts/maintenance":   domain("registry", "users", "sessions"),
	"kuzzle/accounts":               domain("cache", "registry", "users", "admission", "listing", "foresight", "sessions", "attempts", "credentials", "logins", "contacts", "imports", "maintenance", "pictures", "organizations", "tickets", "clients", "codes", "signins", "signups"),
	"kuzzle/accounts/accountstest": append(domain("users", "sessions", "credentials", "logins", "imports", "maintenance"), "kuzzle/accounts", "kuzzle/migration", "kuzzle/storage/sqlite/sqlitetest", "kuzzle/token/tokentest",
		"strategies/digestimport", "strategies/external", "strategies/local"),

	"kuzzle/lookalike":        {},
	"kuzzle/rights":           {"kuzzle/storage", "kuzzle/query", "kuzzle/kuid", "kuzzle/events", "profiles"},
	"kuzzle/importer":         {"kuzzle/digest", "kuzzle/importer/columns", "kuzzle/importer/kinds", "kuzzle/importer/nulls", "kuzzle/importer/outlook", "kuzzle/importer/resume", "kuzzle/importer/sinks", "kuzzle/importer/counts", "kuzzle/importer/elastic", "kuzzle/importer/records", "kuzzle/importer/reports", "kuzzle/importer/reread", "kuzzle/importer/rows", "kuzzle/importer/sorted", "kuzzle/importer/texts", "kuzzle/importer/values", "kuzzle/accounts/imports", "kuzzle/accounts/organizations", "kuzzle/accounts/users", "strategies", "strategies/digestimport", "strategies/external", "strategies/legacyhttp", "strategies/local", "kuzzle/importer/dumps", "kuzzle/importer/systems", "kuzzle/digest/recipe"},
	"kuzzle/importer/columns": {},
	"kuzzle/importer/counts":  {"kuzzle/accounts/imports"},
	"kuzzle/importer/dumps":   {"kuzzle/importer/texts", "kuzzle/importer/values"},
	"kuzzle/importer/elastic": {"kuzzle/storage/elasticsearch/endpoint"},
	"kuzzle/importer/exports": {},
	"kuzzle/importer/kinds":   {},
	"kuzzle/importer/nulls":   {"kuzzle/importer/kinds"},
	"kuzzle/importer/outlook": {"kuzzle/digest", "kuzzle/importer/counts", "kuzzle/importer/reports", "kuzzle/importer/values", "kuzzle/plainjson"},
	"kuzzle/importer/resume":  {"kuzzle/importer/counts"},
	"kuzzle/importer/records": {"kuzzle/importer/texts"},
	"kuzzle/importer/reports": {},
	"kuzzle/importer/reread":  {},
	"kuzzle/importer/rows":    {"kuzzle/accounts/imports", "kuzzle/accounts/users", "kuzzle/importer/values"},
	"kuzzle/importer/sinks":   {"kuzzle/accounts", "kuzzle/accounts/imports", "kuzzle/accounts/users", "profiles", "strategies", "strategies/external"},
	"kuzzle/importer/sorted":  {},
	"kuzzle/importer/systems": {"kuzzle/importer/rows", "kuzzle/importer/values"},
	"kuzzle/importer/texts":   {},
	"kuzzle/importer/values":  {},
	"kuzzle/exporter":         {"kuzzle/accounts/imports", "kuzzle/accounts/users", "strategies/backupcode", "strategies/external", "strategies/totp"},
	"kuzzle/importer/jobs":    {"kuzzle/importer", "kuzzle/accounts/users", "kuzzle/budget"},
	"kuzzle/audit":            {"kuzzle/events"},
	"kuzzle/history":          {"kuzzle/events", "kuzzle/storage"},
	"kuzzle/refusals":         {"controllers/kuzzleview", "kuzzle/api", "kuzzle/events", "profiles"},
	"kuzzle/counters":         {"kuzzle/api", "kuzzle/events", "kuzzle/storage"},
	"kuzzle/budget":           {},
	"kuzzle/dashboard":        {"kuzzle/network"},
	"kuzzle/publishable":      {},
	"kuzzle/bootstrap":        {"kuzzle/storage", "kuzzle/token"},
	"kuzzle/config":           {"kuzzle/publishable", "kuzzle/budget", "kuzzle/digest", "kuzzle/digest/pool", "kuzzle/throttle"},
	"kuzzle/digest":           {"kuzzle/digest/argon2", "kuzzle/digest/bcrypt", "kuzzle/digest/crypt", "kuzzle/digest/initiate", "kuzzle/digest/pool", "kuzzle/digest/recipe", "kuzzle/digest/scrypt"},
	"kuzzle/events":           {},
	"kuzzle/kuid":             {},
	"kuzzle/query":            {},
	"kuzzle/throttle":         {},
	"kuzzle/token":            {},

	"kuzzle/blobs":    {"kuzzle/storage", "kuzzle/budget"},
	"kuzzle/lease":    {"kuzzle/storage"},
	"kuzzle/ledger":   {"kuzzle/storage", "kuzzle/throttle"},
	"kuzzle/weighing": {"kuzzle/storage", "kuzzle/query", "kuzzle/budget", "kuzzle/network"},
	"kuzzle/queue":    {"kuzzle/lease", "kuzzle/storage"},
	"kuzzle/notify":   {},
	"kuzzle/webhooks": {"kuzzle/storage", "kuzzle/events", "kuzzle/lease", "kuzzle/queue"},

	"kuzzle/servicekeys":                 {"kuzzle/api", "kuzzle/storage", "kuzzle/throttle"},
	"kuzzle/settings":                    {"kuzzle/config", "kuzzle/storage"},
	"kuzzle/instance":                    {"kuzzle/storage"},
	"kuzzle/migration":                   {"kuzzle/storage"},
	"kuzzle/storage":                     {"kuzzle/query"},
	"kuzzle/storage/mapping":             {"kuzzle/storage"},
	"kuzzle/storage/sqlite":              {"kuzzle/storage", "kuzzle/storage/mapping", "kuzzle/storage/sqlite/binding", "kuzzle/storage/sqlite/conditions", "kuzzle/storage/sqlite/connection", "kuzzle/storage/sqlite/dirlock", "kuzzle/storage/sqlite/files", "kuzzle/storage/sqlite/gathering", "kuzzle/storage/sqlite/indexed", "kuzzle/storage/sqlite/inserts", "kuzzle/storage/sqlite/lending", "kuzzle/storage/sqlite/ranges", "kuzzle/storage/sqlite/results", "kuzzle/storage/sqlite/totals", "kuzzle/storage/sqlite/walking", "kuzzle/query"},
	"kuzzle/storage/sqlite/binding":      {},
	"kuzzle/storage/sqlite/conditions":   {"kuzzle/storage", "kuzzle/storage/mapping", "kuzzle/query"},
	"kuzzle/token/signing":               {"kuzzle/token"},
	"kuzzle/token/templates":             {"kuzzle/token", "kuzzle/token/signing", "kuzzle/storage"},
	"kuzzle/storage/sqlite/connection":   {"kuzzle/storage/sqlite/binding", "kuzzle/storage/sqlite/gathering"},
	"kuzzle/storage/sqlite/dirlock":      {},
	"kuzzle/storage/sqlite/files":        {},
	"kuzzle/storage/sqlite/gathering":    {},
	"kuzzle/storage/sqlite/indexed":      {"kuzzle/storage/mapping"},
	"kuzzle/storage/sqlite/inserts":      {},
	"kuzzle/storage/sqlite/lending":      {"kuzzle/storage"},
	"kuzzle/storage/sqlite/ranges":       {"kuzzle/storage/mapping"},
	"kuzzle/storage/sqlite/results":      {"kuzzle/storage", "kuzzle/storage/mapping", "kuzzle/storage/sqlite/conditions", "kuzzle/query"},
	"kuzzle/storage/sqlite/sqlitetest":   {"kuzzle/storage/sqlite"},
	"kuzzle/storage/sqlite/totals":       {"kuzzle/storage/mapping", "kuzzle/storage/sqlite/indexed", "kuzzle/storage/sqlite/results", "kuzzle/query"},
	"kuzzle/storage/sqlite/walking":      {"kuzzle/storage/mapping", "kuzzle/storage/sqlite/connection", "kuzzle/storage/sqlite/indexed", "kuzzle/storage/sqlite/results"},
	"kuzzle/token/tokentest":             {"kuzzle/token"},
	"kuzzle/storage/storagetest":         {"kuzzle/storage", "kuzzle/query"},
	"kuzzle/storage/storagetest/engines": {"kuzzle/storage", "kuzzle/storage/sqlite", "kuzzle/storage/elasticsearch", "kuzzle/storage/elasticsearch/estest"},

	// The engine for clusters: each part knows only those above it here.
	"kuzzle/storage/elasticsearch/endpoint":    {},
	"kuzzle/storage/elasticsearch/cluster":     {"kuzzle/storage", "kuzzle/storage/elasticsearch/endpoint"},
	"kuzzle/storage/elasticsearch/failpoint":   {},
	"kuzzle/storage/elasticsearch/layout":      engine(),
	"kuzzle/storage/elasticsearch/records":     engine("cluster", "layout"),
	"kuzzle/storage/elasticsearch/bulkqueue":   engine("cluster", "layout", "records"),
	"kuzzle/storage/elasticsearch/schemas":     engine("failpoint", "cluster", "layout", "records", "bulkqueue"),
	"kuzzle/storage/elasticsearch/compile":     engine("layout"),
	"kuzzle/storage/elasticsearch/search":      engine("cluster", "layout", "records", "bulkqueue", "schemas", "compile"),
	"kuzzle/storage/elasticsearch/claims":      engine("cluster", "layout", "records", "bulkqueue"),
	"kuzzle/storage/elasticsearch/feed":        engine("cluster", "layout", "records", "bulkqueue"),
	"kuzzle/storage/elasticsearch/commits":     engine("failpoint", "cluster", "layout", "records", "bulkqueue", "schemas", "claims"),
	"kuzzle/storage/elasticsearch/setup":       engine("failpoint", "cluster", "layout", "records", "bulkqueue", "schemas"),
	"kuzzle/storage/elasticsearch/upkeep":      engine("cluster", "layout", "records", "bulkqueue", "schemas", "claims"),
	"kuzzle/storage/elasticsearch/maintenance": engine("failpoint", "cluster", "layout", "records", "bulkqueue", "claims", "commits", "setup"),
	"kuzzle/storage/elasticsearch": engine("failpoint", "cluster", "layout", "records", "bulkqueue", "schemas", "search", "claims", "feed", "commits",
		"setup", "upkeep", "maintenance"),
	"kuzzle/storage/elasticsearch/estest": {"kuzzle/freeport"},

	"kuzzle/digest/argon2":   {},
	"kuzzle/digest/scrypt":   {},
	"kuzzle/digest/bcrypt":   {},
	"kuzzle/digest/crypt":    {},
	"kuzzle/digest/initiate": {},
	"kuzzle/digest/pool":     {"kuzzle/digest/argon2"},
	"kuzzle/digest/recipe":   {},

	"kuzzle/duration":     {},
	"kuzzle/fault":        {},
	"kuzzle/fault/assert": {},
	"kuzzle/fold":         {},
	"kuzzle/freeport":     {},
	"kuzzle/logtest":      {},
	"kuzzle/nearest":      {},
	"kuzzle/cli":          {},
	"kuzzle/parallel":     {},
	"kuzzle/plainjson":    {},
	"kuzzle/platform":     {},
	"kuzzle/proxytest":    {"kuzzle/freeport", "kuzzle/logtest"},
	"kuzzle/version":      {},

	"clerk/edge":     {"clerk/rules", "controllers/kuzzleview", "kuzzle/api", "kuzzle/throttle", "kuzzle/network", "kuzzle/servicekeys", "kuzzle/storage", "kuzzle/digest", "kuzzle/accounts/*", "strategies", "strategies/*"},
	"clerk/images":   {"controllers/kuzzleview", "kuzzle/api", "kuzzle/accounts/*"},
	"clerk/hooks":    {"clerk/resource", "clerk/sessions", "kuzzle/accounts", "kuzzle/accounts/*", "kuzzle/events", "kuzzle/instance", "kuzzle/storage", "kuzzle/webhooks"},
	"clerk/rules":    {},
	"clerk/resource": {"clerk/rules", "kuzzle/accounts/*", "strategies", "strategies/*"},
	"clerk/contacts": {"clerk/edge", "clerk/resource", "clerk/rules", "controllers/kuzzleview", "kuzzle/api", "kuzzle/accounts", "kuzzle/accounts/*", "strategies", "strategies/*"},
	"clerk/filters":  {"clerk/edge", "kuzzle/query", "kuzzle/accounts/users"},
	"clerk/users":    {"clerk/edge", "clerk/filters", "clerk/resource", "clerk/rules", "controllers/kuzzleview", "kuzzle/api", "kuzzle/digest", "kuzzle/kuid", "kuzzle/query", "kuzzle/storage", "kuzzle/accounts", "kuzzle/accounts/*", "strategies", "strategies/*"},

	"clerk/frontend":               {"clerk/edge", "clerk/rules", "clerk/sessions", "controllers/kuzzleview", "kuzzle/api", "kuzzle/publishable", "kuzzle/servicekeys", "kuzzle/storage", "kuzzle/throttle", "kuzzle/token", "kuzzle/accounts", "kuzzle/accounts/*", "strategies"},
	"clerk/frontend/view":          {"clerk/frontend", "clerk/resource", "clerk/rules", "clerk/sessions", "kuzzle/accounts", "kuzzle/accounts/*", "strategies", "strategies/*"},
	"clerk/frontend/environment":   {"clerk/frontend", "clerk/rules", "kuzzle/api", "kuzzle/publishable"},
	"clerk/frontend/clients":       frontend(),
	"clerk/scripts":                {"kuzzle/network"},
	"clerk/frontend/assembly":      frontend("clerk/frontend/attempt", "clerk/frontend/clients", "clerk/frontend/environment", "clerk/frontend/organizations", "clerk/frontend/profile", "clerk/frontend/signin", "clerk/frontend/signup", "clerk/frontend/verify"),
	"clerk/frontend/attempt":       frontend(),
	"clerk/frontend/verify":        frontend("clerk/frontend/attempt", "controllers/kuzzleview", "kuzzle/fault", "strategies"),
	"clerk/frontend/signup":        frontend("clerk/frontend/attempt"),
	"clerk/frontend/signin":        frontend("clerk/frontend/attempt"),
	"clerk/frontend/organizations": frontend("clerk/filters", "clerk/organizations", "clerk/resource", "kuzzle/notify", "kuzzle/throttle"),
	"clerk/frontend/profile":       frontend("clerk/resource", "kuzzle/fault/assert"),

	"clerk/sessions":  {"clerk/edge", "clerk/resource", "controllers/kuzzleview", "kuzzle/api", "kuzzle/servicekeys", "kuzzle/storage", "kuzzle/token", "kuzzle/token/*", "kuzzle/accounts", "kuzzle/accounts/*", "strategies/*"},
	"clerk/templates": {"clerk/edge", "clerk/resource", "controllers/kuzzleview", "kuzzle/api", "kuzzle/events", "kuzzle/accounts", "kuzzle/accounts/*", "kuzzle/token", "kuzzle/token/*"},
	"clerk/instance":  {"clerk/edge", "clerk/resource", "clerk/rules", "controllers/kuzzleview", "kuzzle/api", "kuzzle/accounts", "kuzzle/accounts/*", "kuzzle/events", "kuzzle/instance", "kuzzle/notify", "kuzzle/servicekeys", "kuzzle/settings"},

	"clerk/organizations": {"clerk/edge", "clerk/filters", "clerk/resource", "clerk/rules", "controllers/kuzzleview", "kuzzle/api", "kuzzle/notify", "kuzzle/accounts", "kuzzle/accounts/*", "kuzzle/query", "kuzzle/storage"},

	"clerk/tickets": {"clerk/edge", "clerk/resource", "clerk/rules", "controllers/kuzzleview", "kuzzle/api", "kuzzle/notify", "kuzzle/accounts", "kuzzle/accounts/*"},

	"controllers/kuzzleview":  {"kuzzle/api", "kuzzle/accounts", "kuzzle/accounts/*", "kuzzle/rights", "profiles", "strategies", "kuzzle/events"},
	"controllers/search":      {"controllers/kuzzleview", "kuzzle/api", "kuzzle/accounts", "kuzzle/accounts/*", "kuzzle/query", "kuzzle/storage"},
	"controllers/security":    controller("controllers/search", "kuzzle/events", "kuzzle/history"),
	"controllers/auth":        controller("controllers/search"),
	"controllers/user":        controller("controllers/security"),
	"controllers/admin":       controller(),
	"controllers/imports":     controller("kuzzle/importer", "kuzzle/importer/jobs"),
	"controllers/settings":    controller("kuzzle/settings", "kuzzle/events"),
	"controllers/servicekeys": controller("kuzzle/servicekeys", "kuzzle/events"),
	"controllers/webhooks":    controller("kuzzle/webhooks", "kuzzle/events"),
	"controllers/digest":      {"kuzzle/api", "kuzzle/digest"},
	"controllers/data":        {"kuzzle/api"},
	"controllers/server":      controller("kuzzle/counters"),
	"controllers/plugin":      controller(),
	"controllers/native":      controller(),
	"controllers/acting":      {"controllers/admin", "controllers/imports", "controllers/security", "controllers/servicekeys", "controllers/settings", "controllers/webhooks"},

	"profiles":                  {},
	"strategies":                {"kuzzle/digest"},
	"strategies/local":          {"strategies", "strategies/local/strength", "kuzzle/digest"},
	"strategies/external":       {"strategies"},
	"strategies/local/strength": {},
	"strategies/digestimport":   {"strategies", "kuzzle/digest"},
	"strategies/legacyhttp":     {"strategies", "kuzzle/digest"},
	"strategies/enrolment":      {"strategies"},
	"strategies/backupcode":     {"strategies", "strategies/enrolment", "kuzzle/digest"},
	"strategies/ticket":         {"strategies"},
	"strategies/totp":           {"strategies", "strategies/enrolment"},
	"strategies/totp/totptest":  {},
	"strategies/strategytest":   {"strategies", "kuzzle/digest", "kuzzle/throttle"},

	"kuzzle/systemtest": {},

	"docker": {},
}

// controller returns what every controller may import: the API and the domain, never a transport or
// an engine, and other controllers only if named.
func controller(more ...string) []string {
	return append(more, "controllers/kuzzleview", "kuzzle/api", "kuzzle/accounts", "kuzzle/accounts/*", "kuzzle/rights", "kuzzle/query",
		"kuzzle/storage", "kuzzle/kuid", "strategies", "profiles")
}

// frontend returns what a part of Clerk's Frontend API may import.
func frontend(more ...string) []string {
	return append(more, "clerk/edge", "clerk/frontend", "clerk/frontend/view", "clerk/rules", "clerk/sessions", "kuzzle/api", "kuzzle/token", "kuzzle/accounts", "kuzzle/accounts/*",
		"strategies", "strategies/*")
}

// domain returns what a part of the domain may import: the named parts, and the packages below the
// domain.
func domain(parts ...string) []string {
	below := []string{
		"kuzzle/storage", "kuzzle/rights", "kuzzle/query", "kuzzle/kuid", "kuzzle/token", "kuzzle/events",
		"kuzzle/throttle", "kuzzle/digest", "kuzzle/lookalike", "strategies", "profiles",
	}
	for _, part := range parts {
		below = append(below, "kuzzle/accounts/"+part)
	}
	return below
}

// engine returns what a part of the engine for clusters may import: the named parts, and the
// contract of stores.
func engine(parts ...string) []string {
	below := []string{"kuzzle/storage", "kuzzle/storage/mapping", "kuzzle/query"}
	for _, part := range parts {
		below = append(below, "kuzzle/storage/elasticsearch/"+part)
	}
	return below
}

// everywhere may be imported by every package that is not part of it.
var everywhere = []string{"kuzzle/duration", "kuzzle/fault", "kuzzle/fault/assert", "kuzzle/fold", "kuzzle/nearest", "kuzzle/parallel", "kuzzle/plainjson", "kuzzle/platform", "kuzzle/version"}

// TestImports checks every import of the project against the list.
func TestImports(t *testing.T) {
	built := imports(t, ours)
	for _, pkg := range slices.Sorted(maps.Keys(built)) {
		allowed, planned := allowedImports[pkg]
		if !planned && len(built[pkg]) == 0 {
			continue // a suite of tests from outside, which nobody may import
		}
		if !planned {
			t.Errorf("%s is not in allowedImports: add it with the packages that it may import", pkg)
			continue
		}
		for _, imported := range built[pkg] {
			if !may(pkg, imported, allowed) {
				t.Errorf("%s must not import %s", pkg, imported)
			}
		}
	}
	for pkg := range allowedImports {
		if _, there := built[pkg]; !there {
			t.Errorf("%s is in allowedImports and does not exist", pkg)
		}
	}
}

func may(pkg, imported string, allowed []string) bool {
	if slices.Contains(everywhere, imported) && pkg != "kuzzle/fault" && pkg != "kuzzle/nearest" {
		return true
	}
	return slices.ContainsFunc(allowed, func(rule string) bool {
		below, many := strings.CutSuffix(rule, "/*")
		return rule == imported || many && strings.HasPrefix(imported, below+"/")
	})
}

// TestTopLevel holds what lies in the repository's first folder.
func TestTopLevel(t *testing.T) {
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, entry := range entries {
		// Names with a dot belong to tools, kuzzle-data to a server that ran here.
		if name := entry.Name(); !strings.HasPrefix(name, ".") && name != "kuzzle-data" {
			got = append(got, name)
		}
	}
	want := []string{"LICENSE", "README.md", "clerk", "controllers", "docker", "go.mod", "go.sum", "kuzzle", "profiles", "strategies"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("top level (-want +got):\n%s", diff)
	}
}

// TestRequired holds which modules the project is built on, directly.
func TestRequired(t *testing.T) {
	used := map[string]bool{}
	for _, list := range imports(t, everything) {
		for _, imported := range list {
			used[imported] = true
		}
	}
	text, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	for _, required := range []string{"github.com/gorilla/websocket", "github.com/google/uuid"} {
		if !used[required] {
			t.Errorf("no code but tests imports %s", required)
		}
		direct := regexp.MustCompile(`(?m)^\s*(require )?` + regexp.QuoteMeta(required) + ` v\S+$`)
		if !direct.Match(text) {
			t.Errorf("go.mod does not require %s directly", required)
		}
	}
}

// TestLeftOut keeps out of the program what costs more than it is worth: Elasticsearch's
// client, whose typed API is over 800 packages and whose esapi alone takes the compiler
// half a minute and 1.8 GB of memory, for the thirty requests that we send; OpenTelemetry,
// which nothing here uses; a library for the one answer in YAML; and what looks methods up
// by their names, for which the linker keeps all exported ones.
func TestLeftOut(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", module+"kuzzle").Output()
	if err != nil {
		t.Fatal(err)
	}
	for imported := range strings.Lines(string(out)) {
		for _, heavy := range []string{"/typedapi", "/go-elasticsearch/", "go.opentelemetry.io/", "/yaml", "text/template\n", "html/template\n", "alecthomas/kong"} {
			if strings.Contains(imported, heavy) {
				t.Errorf("the program is built with %s", imported)
			}
		}
	}
}

func ours(imported string) (string, bool) { return strings.CutPrefix(imported, module) }

func everything(imported string) (string, bool) { return imported, true }

// imports returns the wanted imports of each folder of the module, without tests.
func imports(t *testing.T, wanted func(string) (string, bool)) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	eachFile(t, func(file string) error {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		folder := path.Dir(strings.TrimPrefix(filepath.ToSlash(file), root+"/"))
		list := found[folder]
		for _, spec := range parsed.Imports {
			if imported, ok := wanted(strings.Trim(spec.Path.Value, `"`)); ok && !slices.Contains(list, imported) {
				list = append(list, imported)
			}
		}
		found[folder] = list
		return nil
	})
	return found
}

// eachFile calls do for every Go file of the module but tests. Modules of their own
// within it are none of its folders.
func eachFile(t *testing.T, do func(file string) error) {
	t.Helper()
	err := filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() {
			if file != root && (strings.HasPrefix(name, ".") || name == "testdata" || nested(file)) {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		return do(file)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestPackagesCompileNothing: no package compiles an expression or a template while
// the program starts, before anybody needs it; a sync.OnceValue does it later.
func TestPackagesCompileNothing(t *testing.T) {
	early := regexp.MustCompile(`(?m)^(var |\t)\w+ += (regexp\.MustCompile|template\.Must)\(`)
	eachFile(t, func(file string) error {
		text, err := os.ReadFile(file)
		if found := early.Find(text); found != nil {
			t.Errorf("%s: %s…) is worked out at every start", file, found)
		}
		return err
	})
}

func nested(folder string) bool {
	_, err := os.Stat(filepath.Join(folder, "go.mod"))
	return err == nil
}
