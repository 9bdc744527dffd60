// Package docker holds the image, the compose file and the unit for systemd. There is no code in it
// but the test that keeps the two true: what they copy exists, what they set
// are settings, the program they build runs in an empty root and checks itself as
// they say, and the Elasticsearch beside it is the one that the tests run on.
package docker
