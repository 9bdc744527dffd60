package resource_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/gokuzzle/kuzzle/clerk/resource"
	"github.com/gokuzzle/kuzzle/kuzzle/plainjson"
)

// TestUsersJSON: users are written as encoding/json writes them, with all that they can
// have and with nothing, and take about as much room as was said.
func TestUsersJSON(t *testing.T) {
	var u resource.User
	fill(reflect.ValueOf(&u).Elem())
	all := resource.Users{u, {PublicMetadata: json.RawMessage("{}")}}
	want, err := plainjson.Append(nil, []resource.User(all))
	if err != nil {
		t.Fatal(err)
	}
	got, err := all.AppendJSON(nil)
	if string(got) != string(want) || err != nil {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
	one, err := u.AppendJSON([]byte("["))
	if string(one) != string(want[:len(one)]) || err != nil {
		t.Errorf("got %s, %v", one, err)
	}
	if size := all.JSONSize(); size < len(got)*3/4 || size > len(got)*2 {
		t.Errorf("a size of %d was said of %d bytes", size, len(got))
	}
}

// fill sets every field that a value has.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString("a \"text\" <of> élan")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(1_795_996_920_000)
	case reflect.Interface:
		v.Set(reflect.ValueOf("anything"))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case reflect.Slice:
		if v.Type() == reflect.TypeFor[json.RawMessage]() {
			v.SetBytes([]byte(`{"some":["<raw>",1]}`))
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			fill(v.Index(i))
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i))
		}
	}
}
