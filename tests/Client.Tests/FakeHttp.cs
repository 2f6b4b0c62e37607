using System.Collections.Concurrent;
using System.Net;
using System.Text;

namespace Orleans.Chat.Client.Tests;

/// <summary>Answers every request by a function of the request and its body.</summary>
internal sealed class FakeHttp(Func<HttpRequestMessage, string, (int Status, string Body)> answer) : HttpMessageHandler
{
    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>Until it ends, what was answered is on its way.</summary>
    public Task Arrival { get; set; } = Task.CompletedTask;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
        Requests.Enqueue($"{request.Method} {request.RequestUri!.PathAndQuery}");
        await Task.Yield();
        var (status, text) = answer(request, body);
        await Arrival.WaitAsync(cancellationToken);
        return new HttpResponseMessage((HttpStatusCode)status) { Content = new StringContent(text, Encoding.UTF8, "application/json") };
    }
}
