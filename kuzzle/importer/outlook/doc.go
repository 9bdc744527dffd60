// Package outlook shows the values of columns and keys that an import leaves out, without
// secrets.
package outlook
