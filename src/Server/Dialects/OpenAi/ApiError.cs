namespace Kdsl.Dialects.OpenAi;

/// <summary>The error object of the OpenAI API: every refusal and failure has this shape.</summary>
/// <param name="Message">For people: what, which value, what is allowed.</param>
/// <param name="Type">Class of the error: <c>invalid_request_error</c> or <c>server_error</c>.</param>
/// <param name="Param">The request's parameter at fault, as a path (<c>messages[1].role</c>).</param>
/// <param name="Code">For programs.</param>
sealed record ApiError(string Message, string Type, string? Param, string? Code)
{
    /// <summary>The client's fault.</summary>
    public static ApiError Request(string message, string? param, string? code) => new(message, "invalid_request_error", param, code);

    /// <summary>Our fault, or not our hour.</summary>
    public static ApiError Server(string message, string code) => new(message, "server_error", null, code);
}

/// <summary>The body around an error.</summary>
sealed record ApiErrorBody(ApiError Error);
