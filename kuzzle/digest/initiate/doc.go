// Package initiate verifies a password with Amazon Cognito's InitiateAuth.
package initiate
