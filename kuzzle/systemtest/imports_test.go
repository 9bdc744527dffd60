package systemtest

// imports imports users over the API. The importer's own tests cover the rows.
func imports() []scenario {
	keep := map[string]string{"job": "result._id"}
	id := `{"_id":"$job"}`
	return []scenario{
		{name: "recognise", as: "admin", do: "import:recognise", body: `{"text":"id,username,email,password_digest,password_hasher,shoe\n1,anna,a@example.com,$2y$10$OWdRCd0yDJNdykD20stMxO6zGymd8jEw.VXWeiedtMrqpZl/0QbAu,bcrypt,38\n2,,nobody,,,\n"}`,
			want: `{"format":"csv","rows":[{"row":1,"id":"1","username":"anna","emails":["a@example.com"],"password":"digest","hasher":"bcrypt","problem":"<absent>"},{"row":2,"password":"none"}]}`, lacks: []string{"$2y$", "OWdR"}},
		{name: "recognise nothing", as: "admin", do: "import:recognise", body: `{}`, status: 400, error: "api.assert.missing_argument", props: `["body.text"]`},
		{name: "recognise a picture", as: "admin", do: "import:recognise", body: `{"data":"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAA"}`, status: 400, error: "import.job.unreadable"},
		{name: "recognise what is no base64", as: "admin", do: "import:recognise", body: `{"data":"-"}`, status: 400, error: "api.assert.invalid_argument", props: `["body.data","base64"]`},
		{name: "recognise a format that is none", as: "admin", do: "import:recognise", body: `{"text":"x","options":{"format":"nonsense"}}`, status: 400, error: "import.job.invalid_option"},
		{name: "recognise without rights", as: "limited", do: "import:recognise", body: `{"text":"x"}`, status: 403, error: "security.rights.forbidden"},
		{name: "create with a format that is none", as: "admin", do: "import:create", body: `{"format":"nonsense"}`, status: 400, error: "import.job.invalid_option"},
		{name: "create", as: "admin", do: "import:create", body: `{"source":"old"}`, keep: keep, want: `{"state":"open","received":0}`},
		{name: "upload to nothing", as: "admin", do: "import:upload", args: `{"_id":"none"}`, body: `{"text":"x"}`, status: 404, error: "import.job.not_found"},
		{name: "upload", as: "admin", do: "import:upload", args: id, body: `{"text":"id,username\n1,anna\n"}`, want: `{"state":"open","received":19}`},
		{name: "upload after a gap", as: "admin", do: "import:upload", args: id, body: `{"text":"x","offset":99}`, status: 409, error: "import.job.wrong_offset"},
		{name: "get", as: "admin", do: "import:get", args: id, want: `{"state":"open","rows":0}`},
		{name: "get nothing", as: "admin", do: "import:get", args: `{"_id":"none"}`, status: 404, error: "import.job.not_found"},
		{name: "list", as: "admin", do: "import:list", want: `{"total":1,"hits":[{"state":"open"}]}`},
		{name: "report", as: "admin", do: "import:report", args: id, want: `{"lines":"","next":0}`},
		{name: "report of nothing", as: "admin", do: "import:report", args: `{"_id":"none"}`, status: 404, error: "import.job.not_found"},
		{name: "cancel", as: "admin", do: "import:cancel", args: id, want: `{"state":"canceled"}`},
		{name: "cancel nothing", as: "admin", do: "import:cancel", args: `{"_id":"none"}`, status: 404, error: "import.job.not_found"},
		{name: "upload to a canceled one", as: "admin", do: "import:upload", args: id, body: `{"text":"x"}`, status: 409, error: "import.job.wrong_state"},
		{name: "delete", as: "admin", do: "import:delete", args: id, want: `{"_id":"$job"}`},
		{name: "delete again", as: "admin", do: "import:delete", args: id, status: 404, error: "import.job.not_found"},
	}
}
