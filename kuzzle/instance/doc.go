// Package instance keeps what applications say of the whole instance for its pages and
// browsers: where they are, whom to write to. It is one document of the settings.
// Nothing of it changes what this server does; what does is a setting, see package
// config.
package instance
