using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Orleans.Chat.Protocol;
using Scalar.AspNetCore;

namespace Orleans.Chat.Gateway.Http;

/* The description of the API. Endpoints read their own path, query and body, so that what is wrong is told in the protocol's words; what
 * they read is therefore said here by metadata and not derived. */
internal static class OpenApi
{
    private const string Bearer = "bearer";
    private static readonly int[] Usual = [400, 401, 403, 404, 409, 429, 500, 503];

    public static RouteHandlerBuilder Takes<T>(this RouteHandlerBuilder endpoint)
        where T : notnull =>
        endpoint
            .WithMetadata(new BodyOf(typeof(T)))
            .GivesProblems(StatusCodes.Status413PayloadTooLarge, StatusCodes.Status415UnsupportedMediaType);

    public static RouteHandlerBuilder Gives<T>(this RouteHandlerBuilder endpoint, int status = StatusCodes.Status200OK) =>
        endpoint.Produces<T>(status, "application/json").GivesProblems(Usual);

    public static RouteHandlerBuilder GivesNothing(this RouteHandlerBuilder endpoint) =>
        endpoint.Produces(StatusCodes.Status204NoContent).GivesProblems(Usual);

    public static RouteHandlerBuilder Queries(this RouteHandlerBuilder endpoint, params string[] names) =>
        endpoint.WithMetadata(new QueryNames(names));

    public static RouteHandlerBuilder Header(this RouteHandlerBuilder endpoint, string name) => endpoint.WithMetadata(new HeaderName(name));

    public static IServiceCollection AddChatOpenApi(this IServiceCollection services) =>
        // The description takes the names of fields from these options, which nothing else here uses.
        services
            .ConfigureHttpJsonOptions(o => ProtocolJson.Configure(o.SerializerOptions))
            .AddOpenApi(
                "v1",
                options =>
                {
                    options.AddDocumentTransformer(
                        (document, _, _) =>
                        {
                            document.Info = new OpenApiInfo { Title = "Orleans.Chat", Version = "v1" };
                            document.Components ??= new OpenApiComponents();
                            document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>(StringComparer.Ordinal)
                            {
                                [Bearer] = new OpenApiSecurityScheme
                                {
                                    Type = SecuritySchemeType.Http,
                                    Scheme = Bearer,
                                    BearerFormat = "JWT",
                                },
                            };
                            document.Security =
                            [
                                new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Bearer, document)] = [] },
                            ];
                            return Task.CompletedTask;
                        }
                    );
                    options.AddOperationTransformer(DescribeAsync);
                    options.AddSchemaTransformer(
                        (schema, context, _) =>
                        {
                            // On the wire it is the object that it holds.
                            if (context.JsonTypeInfo.Type == typeof(MetadataJson))
                                (schema.Type, schema.AdditionalPropertiesAllowed) = (JsonSchemaType.Object, true);
                            return Task.CompletedTask;
                        }
                    );
                }
            );

    /// <summary>The page's script comes from the package, not from a CDN.</summary>
    public static void MapChatOpenApi(this WebApplication app)
    {
        app.MapOpenApi("/openapi/{documentName}.json").AllowAnonymous();
        app.MapScalarApiReference("/docs", o => o.WithTitle("Orleans.Chat").DisableDefaultFonts().WithNonce()).AllowAnonymous();
    }

    private static async Task DescribeAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken stop)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        if (metadata.OfType<IAllowAnonymous>().Any())
            operation.Security = [];
        operation.Parameters ??= [];
        foreach (var name in PathNames(context.Description.RelativePath ?? ""))
        {
            if (!operation.Parameters.Any(p => p.Name == name))
                operation.Parameters.Add(Parameter(name, ParameterLocation.Path));
        }
        foreach (var name in metadata.OfType<QueryNames>().SelectMany(q => q.Names))
            operation.Parameters.Add(Parameter(name, ParameterLocation.Query));
        foreach (var header in metadata.OfType<HeaderName>())
            operation.Parameters.Add(Parameter(header.Name, ParameterLocation.Header));
        if (metadata.OfType<BodyOf>().FirstOrDefault() is not { } body)
            return;
        var schema = await context.GetOrCreateSchemaAsync(body.Type, null, stop);
        operation.RequestBody = new OpenApiRequestBody
        {
            Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal) { ["application/json"] = new() { Schema = schema } },
        };
    }

    private static IEnumerable<string> PathNames(string path) =>
        path.Split('/').Where(s => s.StartsWith('{') && s.EndsWith('}')).Select(s => s[1..^1]);

    private static OpenApiParameter Parameter(string name, ParameterLocation location) =>
        new()
        {
            Name = name,
            In = location,
            Required = location == ParameterLocation.Path,
            Schema = new OpenApiSchema { Type = name is "limit" or "after_revision" ? JsonSchemaType.Integer : JsonSchemaType.String },
        };

    private static RouteHandlerBuilder GivesProblems(this RouteHandlerBuilder endpoint, params int[] statuses)
    {
        foreach (var status in statuses)
            endpoint.Produces<Problem>(status, ProblemJson.ContentType);
        return endpoint;
    }

    private sealed record BodyOf(Type Type);

    private sealed record HeaderName(string Name);

    private sealed record QueryNames(string[] Names);
}
