// Package docker holds the image and the compose file. There is no code in it
// but the test that keeps the two true: what they copy exists, what they set
// are settings, and the program they build runs and checks itself as they say.
package docker
