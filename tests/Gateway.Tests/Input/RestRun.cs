using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Orleans.Chat.Gateway.Tests.Input;

/// <summary>The bad calls of one row over one connection; all that is not as it should be is told together.</summary>
internal sealed class RestRun : IAsyncDisposable
{
    private readonly HttpClient _http;
    private readonly List<string> _wrong = [];
    private readonly InputFixture _input;

    private RestRun(RestCall call, InputWorld world, InputFixture input)
    {
        (Call, World, _input) = (call, world, input);
        _http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 1, ActivityHeadersPropagator = null })
        {
            BaseAddress = input.Place.Here,
        };
    }

    public RestCall Call { get; }

    public InputWorld World { get; }

    public static async Task<RestRun> StartAsync(InputFixture input, string name)
    {
        var call = RestTable.Calls.Single(c => c.Name == name);
        return new RestRun(call, await input.TakeAsync(call.UsesUp), input);
    }

    /// <summary>The good body, with what has to be new each time.</summary>
    public string Body() => Call.Body is { } body ? World.Fill(body, Call.Chat) : "";

    /// <summary>The good query with a value in place of its own.</summary>
    public string QueryWith(string name, string? value)
    {
        var others = Call
            .Query.TrimStart('?')
            .Split('&', StringSplitOptions.RemoveEmptyEntries)
            .Where(p => !p.StartsWith(name + "=", StringComparison.Ordinal));
        return "?" + string.Join('&', value is null ? others : others.Append($"{name}={value}"));
    }

    /// <summary>The good call, but for what is given. The path and query go out as they are written here.</summary>
    public HttpRequestMessage Request(string? path = null, string? query = null, string? body = null)
    {
        var target = World.Fill(path ?? Call.Path, Call.Chat) + (query ?? World.Fill(Call.Query));
        var uri = new Uri(
            $"{_http.BaseAddress!.GetLeftPart(UriPartial.Authority)}/api/v1{target}",
            new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }
        );
        var request = new HttpRequestMessage(new HttpMethod(Call.Method), uri);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", World.Me.AccessToken);
        if ((body ?? (Call.Body is null ? null : Body())) is { } text)
            request.Content = new StringContent(text, Encoding.UTF8, "application/json");
        return request;
    }

    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request) => _http.SendAsync(request);

    /// <summary>Sends what is to be refused, then something good over the same connection; gives the problem.</summary>
    public async Task<JsonElement> RefusedAsync(HttpRequestMessage request, string what, string code, string? blamed)
    {
        using var answer = await SendAsync(request);
        var problem = await ShouldRefuseAsync(answer, what, code, blamed);
        using var next = new HttpRequestMessage(HttpMethod.Get, "/api/v1/users/me");
        next.Headers.Authorization = new AuthenticationHeaderValue("Bearer", World.Me.AccessToken);
        using var good = await SendAsync(next);
        Expect(good.IsSuccessStatusCode, $"after {what}: {good.StatusCode}");
        return problem;
    }

    public async Task<JsonElement> ShouldRefuseAsync(HttpResponseMessage answer, string what, string code, string? blamed)
    {
        var text = await answer.Content.ReadAsStringAsync();
        if (answer.Content.Headers.ContentType?.MediaType != "application/problem+json")
        {
            Expect(false, $"{what}: {(int)answer.StatusCode} {answer.Content.Headers.ContentType} {text[..Math.Min(200, text.Length)]}");
            return default;
        }
        var problem = JsonElement.Parse(text);
        if (Refusals.WrongWith(problem, code, blamed) is { } wrong)
            Expect(false, $"{what}: {wrong}");
        else
            Expect(problem.GetProperty("status").GetInt32() == (int)answer.StatusCode, $"{what}: {answer.StatusCode} and {problem}");
        return problem;
    }

    public void Expect(bool right, string what)
    {
        if (!right)
            _wrong.Add(what);
    }

    /// <summary>The good call works, and nothing was wrong before it.</summary>
    public async Task EndAsync()
    {
        using var request = Request();
        using var answer = await SendAsync(request);
        Expect((int)answer.StatusCode == Call.Good, $"the good call: {answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
        ShouldBeRight();
    }

    public void ShouldBeRight() => _wrong.ShouldBeEmpty($"{Call.Name}:\n{string.Join('\n', _wrong)}");

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _input.ReturnAsync(World);
    }
}
