package plugin

import (
	"context"

	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/strategies"
)

// Runner runs an action for a caller, like Act of package logins.
type Runner func(ctx context.Context, by users.Actor, action strategies.Action, call strategies.Call) (any, error)

// Controllers groups actions by controller, in the order of the first action of each. steps makes
// the answers for further steps of an action.
func Controllers(actions []strategies.Action, run Runner, steps kuzzleview.Steps) []api.Controller {
	var controllers []api.Controller
	at := map[string]int{}
	for _, action := range actions {
		i, seen := at[action.Controller]
		if !seen {
			i = len(controllers)
			at[action.Controller] = i
			controllers = append(controllers, api.Controller{
				Name: action.Controller, About: "Actions that a strategy adds.", Plugin: true,
			})
		}
		controllers[i].Actions = append(controllers[i].Actions, declare(action, run, steps))
	}
	return controllers
}

func declare(action strategies.Action, run Runner, steps kuzzleview.Steps) api.Declared {
	var forms api.Forms
	if action.Takes != nil {
		forms = api.Forms{"": action.Takes}
	}
	answers := action.Answers
	if answers == nil {
		answers = append(kuzzleview.StepAnswers(), nil)
	}
	return api.Action[api.None, any]{
		Name: action.Name, Routes: action.Routes, Summary: action.Summary, Authenticated: action.Authenticated,
		FactorWithin: action.FactorWithin, Secret: true, Forms: forms, Answers: answers,
		Run: func(ctx context.Context, req *api.Request, _ api.None) (any, error) {
			if _, isList := req.Body.([]any); isList {
				return nil, assert.InvalidType.New("body", "object")
			}
			by := kuzzleview.Actor(req)
			result, err := run(ctx, by, action, strategies.Call{Kuid: by.Kuid, Args: req.Args, Body: req.BodyObject()})
			if step, ok := result.(*strategies.Step); ok && err == nil && step != nil {
				return steps.Answer(req, step, nil)
			}
			return result, err
		},
	}
}
