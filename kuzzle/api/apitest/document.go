package apitest

import (
	"bytes"
	_ "embed"
	"fmt"
	"mime"
	"strconv"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"sigs.k8s.io/yaml"
)

//go:embed testdata/openapi-3.1.yaml
var openapi []byte

// Document is an OpenAPI 3.1 description of an API. It is stricter with answers than clients
// should be: it refuses everything that is not described.
type Document struct {
	// Paths are the operations, by path and verb.
	Paths map[string]map[string]*Operation
	// Whole is the whole document.
	Whole map[string]any

	actions  map[string]*Operation
	shared   map[string]map[string]any // responses, by status
	mu       sync.Mutex                // guards the compiler and its schemas
	compiler *jsonschema.Compiler
	compiled map[string]*jsonschema.Schema
}

// Operation is an operation of a document.
type Operation struct {
	// Path, Verb and Action identify the operation.
	Path, Verb, Action string
	// Spec is the operation object with its references.
	Spec map[string]any
}

// The document with closed objects for answers, and unchanged for bodies, which may have
// more members than described.
const (
	here = "api.json"
	asIs = "requests.json"
)

// Parse reads a document and checks its form.
func Parse(text []byte) (*Document, error) {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	if err := checkForm(value); err != nil {
		return nil, err
	}
	whole := value.(map[string]any)
	d := &Document{
		Whole: whole, Paths: map[string]map[string]*Operation{}, actions: map[string]*Operation{},
		compiler: jsonschema.NewCompiler(), compiled: map[string]*jsonschema.Schema{},
	}
	for path, item := range whole["paths"].(map[string]any) {
		d.Paths[path] = map[string]*Operation{}
		for verb, spec := range item.(map[string]any) {
			o := &Operation{Path: path, Verb: strings.ToUpper(verb), Spec: spec.(map[string]any)}
			o.Action, _ = o.Spec["description"].(string)
			d.Paths[path][o.Verb] = o
			// Writing operations may have more answers than reading ones.
			if known := d.actions[o.Action]; known == nil || known.Verb == "GET" {
				d.actions[o.Action] = o
			}
		}
	}
	d.shared = map[string]map[string]any{}
	for status, response := range whole["components"].(map[string]any)["responses"].(map[string]any) {
		d.shared[status] = response.(map[string]any)
	}
	open, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err == nil {
		err = d.compiler.AddResource(asIs, open)
	}
	if err != nil {
		return nil, err
	}
	closeObjects(whole)
	return d, d.compiler.AddResource(here, whole)
}

// checkForm checks a document against the schema of OpenAPI documents.
func checkForm(document any) error {
	text, err := yaml.YAMLToJSON(openapi)
	if err != nil {
		return err
	}
	form, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return err
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("openapi.json", form); err != nil {
		return err
	}
	schema, err := compiler.Compile("openapi.json")
	if err != nil {
		return err
	}
	return schema.Validate(document)
}

// closeObjects forbids members that are not described: in objects, and in objects that are
// composed of several, whose parts stay open.
func closeObjects(whole map[string]any) {
	parts := map[string]bool{}
	each(whole, func(object map[string]any) {
		list, _ := object["allOf"].([]any)
		for _, part := range list {
			name, _ := part.(map[string]any)["$ref"].(string)
			parts[strings.TrimPrefix(name, "#/components/schemas/")] = true
		}
		if len(list) > 0 {
			object["unevaluatedProperties"] = false
		}
	})
	open := map[string]bool{}
	for name, of := range whole["components"].(map[string]any)["schemas"].(map[string]any) {
		open[fmt.Sprintf("%p", of)] = parts[name]
	}
	each(whole, func(object map[string]any) {
		_, described := object["properties"].(map[string]any)
		if described && object["type"] == "object" && object["additionalProperties"] == nil && !open[fmt.Sprintf("%p", object)] {
			object["additionalProperties"] = false
		}
	})
}

func each(value any, do func(map[string]any)) {
	switch v := value.(type) {
	case []any:
		for _, element := range v {
			each(element, do)
		}
	case map[string]any:
		do(v)
		for _, element := range v {
			each(element, do)
		}
	}
}

// Action returns the operation of an action, "controller:action".
func (d *Document) Action(name string) *Operation { return d.actions[name] }

// Check compiles every schema of the document.
func (d *Document) Check() error {
	for _, item := range d.Paths {
		for _, o := range item {
			for status := range o.Spec["responses"].(map[string]any) {
				for kind, at := range d.contents(o, status) {
					if _, err := d.schema(at); err != nil {
						return fmt.Errorf("%s %s: %s %s: %w", o.Verb, o.Path, status, kind, err)
					}
				}
			}
		}
	}
	return nil
}

// Judge returns an error for the parts of an answer that are not described.
func (d *Document) Judge(o *Operation, status int, contentType string, body []byte) error {
	code := strconv.Itoa(status)
	if _, described := o.Spec["responses"].(map[string]any)[code]; !described {
		return fmt.Errorf("%s answers %d, which is not described: %.300s", o.Action, status, body)
	}
	kind, _, _ := mime.ParseMediaType(contentType)
	contents := d.contents(o, code)
	at, described := contents[kind]
	switch {
	case !described && len(contents) == 0 && len(body) == 0:
		return nil
	case !described:
		return fmt.Errorf("%s answers %d with the type %q, which is not described", o.Action, status, contentType)
	case kind != "application/json":
		return nil
	}
	schema, err := d.schema(at)
	if err != nil || schema == nil {
		return err
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err == nil {
		err = schema.Validate(value)
	}
	if err != nil {
		return fmt.Errorf("%s answers %d, not as described: %w\n%.1000s", o.Action, status, err, body)
	}
	return nil
}

// JudgeBody returns an error for the parts of an accepted body that differ from the
// description.
func (d *Document) JudgeBody(o *Operation, body any) error {
	described, _ := o.Spec["requestBody"].(map[string]any)
	content, _ := described["content"].(map[string]any)
	if media, _ := content["application/json"].(map[string]any); media["schema"] == nil {
		return nil
	}
	schema, err := d.schema(asIs + "#/paths/" + escape(o.Path) + "/" + strings.ToLower(o.Verb) + "/requestBody/content/application~1json/schema")
	if err == nil {
		err = schema.Validate(body)
	}
	if err != nil {
		return fmt.Errorf("%s takes a body that is described otherwise: %w", o.Action, err)
	}
	return nil
}

// contents returns the positions of a response's schemas, by type; "" for a type without
// one.
func (d *Document) contents(o *Operation, status string) map[string]string {
	response := o.Spec["responses"].(map[string]any)[status].(map[string]any)
	at := "/paths/" + escape(o.Path) + "/" + strings.ToLower(o.Verb) + "/responses/" + status
	if ref, is := response["$ref"].(string); is {
		at = strings.TrimPrefix(ref, "#")
		response = d.shared[status]
	}
	content, _ := response["content"].(map[string]any)
	places := map[string]string{}
	for kind, media := range content {
		place := ""
		if media.(map[string]any)["schema"] != nil {
			place = here + "#" + at + "/content/" + escape(kind) + "/schema"
		}
		base, _, _ := mime.ParseMediaType(kind)
		places[base] = place
	}
	return places
}

func escape(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D", ";", "%3B", " ", "%20", "=", "%3D").Replace(name)
}

func (d *Document) schema(at string) (*jsonschema.Schema, error) {
	if at == "" {
		return nil, nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if known := d.compiled[at]; known != nil {
		return known, nil
	}
	schema, err := d.compiler.Compile(at)
	d.compiled[at] = schema
	return schema, err
}
