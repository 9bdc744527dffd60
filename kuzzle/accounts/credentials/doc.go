// Package credentials creates users with their credentials, and changes and shows credentials. It
// lets the strategies check the input, then lets them hash it, then writes user and records in one
// commit. A refused request changes nothing.
package credentials
