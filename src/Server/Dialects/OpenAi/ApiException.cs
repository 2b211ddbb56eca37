namespace Kdsl.Dialects.OpenAi;

/// <summary>A request that is answered with an OpenAI error object instead of a completion.</summary>
sealed class ApiException(int status, ApiError error) : Exception(error.Message)
{
    /// <summary>HTTP status of the answer.</summary>
    public int Status { get; } = status;

    /// <summary>What the client reads.</summary>
    public ApiError Error { get; } = error;

    /// <summary>400: the value of a parameter cannot be used.</summary>
    public static ApiException Invalid(string? param, string message, string code = "invalid_value") =>
        new(StatusCodes.Status400BadRequest, ApiError.Request(message, param, code));

    /// <summary>400: a parameter that must be there is not.</summary>
    public static ApiException Missing(string param) =>
        Invalid(param, $"Missing required parameter: '{param}'.", "missing_required_parameter");

    /// <summary>400: a parameter of the API that this server does not implement; ignoring it would change the answer.</summary>
    public static ApiException Unsupported(string param, string message) =>
        Invalid(param, message, "unsupported_parameter");

    /// <summary>404: the request names a model that is not loaded.</summary>
    public static ApiException UnknownModel(string asked, string served) => new(StatusCodes.Status404NotFound,
        ApiError.Request($"The model '{asked}' does not exist here; this server serves '{served}'.", "model", "model_not_found"));
}
