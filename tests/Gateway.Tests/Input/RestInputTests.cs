using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Orleans.Chat.Gateway.Tests.Input;

/// <summary>Everything that <see cref="RestTable"/> knows of, made wrong in every way, against the real process.</summary>
public sealed class RestInputTests(InputFixture input) : IClassFixture<InputFixture>
{
    private static readonly string[] NoPaths =
    [
        new('a', 37),
        "a%20b",
        "a%2Fb",
        "-a",
        "_a",
        "%F0%9F%98%80",
        "%E2%80%AEa",
        "%FF",
        "%ED%A0%80",
        "%7Bx%7D",
        "a%0Ab",
        "..%2Fa",
        "*",
        "a;b",
        "a%",
    ];

    public static TheoryData<string> All => [.. RestTable.Calls.Select(c => c.Name)];

    public static TheoryData<string> WithBody => [.. RestTable.Calls.Where(c => c.Body is not null).Select(c => c.Name)];

    public static TheoryData<string> Protected => [.. RestTable.Calls.Where(c => !c.Open).Select(c => c.Name)];

    [Theory, MemberData(nameof(All))]
    public async Task Every_field_made_wrong_is_refused_by_name_and_the_good_call_works_after(string name)
    {
        await using var run = await RestRun.StartAsync(input, name);
        foreach (var field in run.Call.Fields)
        {
            var bad = field.Place switch
            {
                FieldPlace.Body => BadValues.InBody(field),
                FieldPlace.Query => BadValues.InQuery(field),
                _ => BadValues.InQuery(field).Where(b => b.Raw is { } raw && raw.All(char.IsAscii)),
            };
            foreach (var value in bad)
            {
                using var request = field.Place switch
                {
                    FieldPlace.Body => run.Request(body: JsonText.With(run.Body(), field.Name, value.Raw)),
                    FieldPlace.Query => run.Request(query: run.QueryWith(field.Name, value.Raw)),
                    _ => WithHeader(run.Request(), field.Name, value.Raw!),
                };
                await run.RefusedAsync(request, value.ToString(), value.Code, field.Blamed);
            }
            if (field.Place == FieldPlace.Query)
            {
                using var twice = run.Request(query: $"?{field.Name}=1&{field.Name}=1");
                await run.RefusedAsync(twice, field.Name + " twice", "validation_failed", null);
            }
        }
        foreach (var segment in new[] { "{chat_id}", "{message_id}", "{user_id}", "{session_id}" }.Where(run.Call.Path.Contains))
        {
            foreach (var value in NoPaths)
            {
                using var request = run.Request(path: run.Call.Path.Replace(segment, value, StringComparison.Ordinal));
                await run.RefusedAsync(request, $"{segment} is {value}", "not_found", null);
            }
        }
        await run.EndAsync();
    }

    [Theory, MemberData(nameof(WithBody))]
    public async Task A_body_that_is_none_is_refused_and_the_good_call_works_after(string name)
    {
        await using var run = await RestRun.StartAsync(input, name);
        var good = run.Body();
        foreach (var (what, body) in NoBodies(good))
        {
            using var request = run.Request(body: body);
            await run.RefusedAsync(request, what, "validation_failed", null);
        }
        if (!run.Call.BodyMayBeAbsent)
        {
            using var empty = run.Request(body: "");
            await run.RefusedAsync(empty, "empty", "validation_failed", "body");
        }
        using (var surrogate = run.Request(body: JsonText.With(good, "unknown", """["\ud800"]""")))
            await run.RefusedAsync(surrogate, "a lone surrogate in an unknown field", "validation_failed", "unknown");
        foreach (var (what, content) in OtherTypes(good))
        {
            using var request = run.Request(body: good);
            request.Content = content;
            await run.RefusedAsync(request, what, "unsupported_media_type", null);
        }
        foreach (var chunked in new[] { false, true })
        {
            using var request = run.Request(body: JsonText.With(good, "unknown", $"\"{new string('x', 1024 * 1024)}\""));
            request.Headers.TransferEncodingChunked = chunked;
            await run.RefusedAsync(request, chunked ? "over 1 MB in chunks" : "over 1 MB", "too_large", null);
        }
        await run.EndAsync();
    }

    [Theory, MemberData(nameof(WithBody))]
    public async Task All_that_is_wrong_is_told_at_once(string name)
    {
        await using var run = await RestRun.StartAsync(input, name);
        var fields = run.Call.Fields.Where(f => f.Place == FieldPlace.Body && !f.Name.Contains('.', StringComparison.Ordinal)).ToArray();
        foreach (
            var (what, wrong) in new (string, Func<Field, BadValue?>)[]
            {
                ("of the wrong type", f => BadValues.WrongTypes(f).FirstOrDefault()),
                ("out of its rules", f => BadValues.OutOfRules(f).FirstOrDefault(b => IsRule(b))),
            }
        )
        {
            var bad = fields.Select(wrong).OfType<BadValue>().ToArray();
            if (bad.Length == 0)
                continue;
            var body = bad.Aggregate(run.Body(), (b, v) => JsonText.With(b, v.Field.Name, v.Raw));
            using var request = run.Request(body: body);
            var told = Refusals.Fields(await run.RefusedAsync(request, "all " + what, "validation_failed", null));
            run.Expect(told.Order().SequenceEqual(bad.Select(b => b.Field.Name).Order()), $"all {what}: told of {string.Join(' ', told)}");
        }
        await run.EndAsync();
    }

    [Theory, MemberData(nameof(WithBody))]
    public async Task Null_is_absent_and_unknown_fields_are_ignored(string name)
    {
        await using var run = await RestRun.StartAsync(input, name);
        foreach (var field in run.Call.Fields.Where(f => f is { Place: FieldPlace.Body, Required: false } && f.Kind != FieldKind.Ignored))
        {
            using var request = run.Request(body: JsonText.With(run.Body(), field.Name, "null"));
            using var answer = await run.SendAsync(request);
            run.Expect((int)answer.StatusCode == run.Call.Good, $"{field.Name} null: {await answer.Content.ReadAsStringAsync()}");
        }
        using (var request = run.Request(body: JsonText.With(run.Body(), "unknown", """{"a":[1,"x",null]}""")))
        using (var answer = await run.SendAsync(request))
            run.Expect((int)answer.StatusCode == run.Call.Good, $"an unknown field: {await answer.Content.ReadAsStringAsync()}");
        run.ShouldBeRight();
    }

    [Theory, MemberData(nameof(Protected))]
    public async Task Without_a_good_token_it_is_unauthenticated_and_says_how(string name)
    {
        await using var run = await RestRun.StartAsync(input, name);
        var token = run.World.Me.AccessToken!;
        var parts = token.Split('.');
        foreach (
            var header in new[]
            {
                null,
                "Bearer",
                "Bearer ",
                "Bearer x",
                "Bearer a.b.c",
                "Basic " + token,
                token,
                $"Bearer {parts[0]}.{parts[1]}.",
                $"Bearer {parts[0]}.{parts[1]}.{parts[2]}x",
                "Bearer " + new string('a', 20_000),
                $"Bearer {run.World["refresh"]}",
            }
        )
        {
            using var request = run.Request();
            request.Headers.Authorization = null;
            if (header is not null)
                request.Headers.TryAddWithoutValidation("Authorization", header);
            using var answer = await run.SendAsync(request);
            await run.ShouldRefuseAsync(answer, $"with {(header is { Length: > 40 } ? header[..40] : header)}", "unauthenticated", null);
            run.Expect(answer.Headers.WwwAuthenticate.Any(h => h.Scheme == "Bearer"), $"no WWW-Authenticate with {header}");
        }
        using (var request = run.Request(query: run.QueryWith("access_token", token)))
        {
            request.Headers.Authorization = null;
            await run.RefusedAsync(request, "token in the query", "unauthenticated", null);
        }
        await run.EndAsync();
    }

    [Theory, MemberData(nameof(All))]
    public async Task Other_methods_of_its_path_are_told_as_such(string name)
    {
        await using var run = await RestRun.StartAsync(input, name);
        var taken = RestTable.Calls.Where(c => SamePath(c.Path, run.Call.Path)).Select(c => c.Method).ToArray();
        foreach (var method in new[] { "GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "LINK" }.Except(taken))
        {
            using var request = run.Request();
            request.Method = new HttpMethod(method);
            request.Content = null;
            using var answer = await run.SendAsync(request);
            run.Expect(answer.StatusCode == HttpStatusCode.MethodNotAllowed, $"{method}: {answer.StatusCode}");
            run.Expect(
                answer.Content.Headers.ContentType?.MediaType == "application/problem+json",
                $"{method}: {answer.Content.Headers.ContentType}"
            );
            if (method != "HEAD")
                await run.ShouldRefuseAsync(answer, method, "method_not_allowed", null);
        }
        await run.EndAsync();
    }

    // Of its type, and of no text that is refused before anybody looks at the fields.
    private static bool IsRule(BadValue bad) =>
        bad is { Code: "validation_failed", Field.Kind: not FieldKind.Time, Raw: ['"' or '{', ..] or "[\"a b\"]" }
        && !bad.Raw.Contains('\\', StringComparison.Ordinal);

    // users/me is users/{user_id} as well.
    private static bool SamePath(string one, string other) =>
        one == other || (one, other) is ("/users/{user_id}", "/users/me") or ("/users/me", "/users/{user_id}");

    private static HttpRequestMessage WithHeader(HttpRequestMessage request, string name, string value)
    {
        request.Headers.TryAddWithoutValidation(name, value);
        return request;
    }

    private static IEnumerable<(string What, string Body)> NoBodies(string good)
    {
        foreach (
            var other in new[]
            {
                "[]",
                "[{}]",
                "5",
                "1e400",
                "true",
                "null",
                "\"x\"",
                "nonsense",
                "{",
                "}",
                "{]",
                "{\"a\"}",
                "{a:1}",
                "{'a':1}",
                " ",
                "\0",
                "{}{}",
                "{} x",
            }
        )
            yield return (other, other);
        yield return ("truncated", good[..^1]);
        if (good.LastIndexOf('"') is > 0 and var quote)
            yield return ("truncated in a text", good[..(quote - 1)]);
        yield return ("with a comment", good + "/* */");
        yield return ("with a trailing comma", good[..^1] + ",}");
        yield return ("nested 20,000 deep", new string('[', 20_000));
        yield return ("nested 20,000 deep in a field", JsonText.With(good, "unknown", new string('[', 20_000) + new string(']', 20_000)));
        yield return ("objects nested 20,000 deep", string.Concat(Enumerable.Repeat("{\"a\":", 20_000)));
        yield return (
            "deep with an escape",
            JsonText.With(good, "unknown", new string('[', 20_000) + "\"\\u0041\"" + new string(']', 20_000))
        );
    }

    private static IEnumerable<(string What, HttpContent Content)> OtherTypes(string good)
    {
        foreach (
            var type in new[]
            {
                "text/plain",
                "application/xml",
                "application/x-www-form-urlencoded",
                "multipart/form-data; boundary=x",
                "application/octet-stream",
                "application/json; charset=utf-16",
                "application/jsonx",
                "application",
                "*/*",
            }
        )
        {
            var content = new ByteArrayContent(Encoding.UTF8.GetBytes(good));
            content.Headers.TryAddWithoutValidation("Content-Type", type);
            yield return (type, content);
        }
        yield return ("no type", new ByteArrayContent(Encoding.UTF8.GetBytes(good)));
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(Encoding.UTF8.GetBytes(good));
        var encoded = new ByteArrayContent(packed.ToArray());
        encoded.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        encoded.Headers.ContentEncoding.Add("gzip");
        yield return ("gzip", encoded);
    }
}
