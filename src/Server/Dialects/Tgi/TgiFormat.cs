using System.Text.Json;
using Kdsl.Dialects.Raw;

namespace Kdsl.Dialects.Tgi;

/// <summary>Answers of text-generation-inference as MindIE gives them: a chunk's <c>token.id</c> is a list, since one chunk may hold several tokens.</summary>
/// <param name="array">The route <c>/</c> answers with an array of one.</param>
sealed class TgiFormat(bool array) : IRawFormat
{
    /// <inheritdoc/>
    public void WriteWhole(Utf8JsonWriter json, RawAnswer answer)
    {
        if (array)
            json.WriteStartArray();
        json.WriteStartObject();
        json.WriteString("generated_text", answer.Text);
        if (answer.Request.Parameters.Details)
        {
            json.WriteStartObject("details");
            RawJson.WriteCounts(json, answer);
            var prompt = answer.Request.Parameters.InputDetails ? answer.Request.Prompt : [];
            RawJson.WriteTokens(json, "prefill", prompt.Select((id, i) => (id, answer.PromptScores?[i])), answer.Model);
            RawJson.WriteTokens(json, "tokens", answer.Tokens.Select(token => (token.Id, token.LogProbs)), answer.Model);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        if (array)
            json.WriteEndArray();
    }

    /// <inheritdoc/>
    public void WriteStep(Utf8JsonWriter json, RawStep step, RawAnswer answer)
    {
        json.WriteStartObject();
        json.WriteStartObject("token");
        RawJson.WriteIds(json, "id", step.Delta.New.Select(token => token.Id));
        json.WriteString("text", step.Delta.Text);
        if (step.Delta.New is [{ LogProbs: { } score }] && float.IsFinite(score.LogProb))
            json.WriteNumber("logprob", score.LogProb);
        else
            json.WriteNull("logprob");
        json.WriteNull("special");
        json.WriteEndObject();
        if (answer.Finish is null)
        {
            json.WriteNull("generated_text");
            json.WriteNull("details");
        }
        else
        {
            json.WriteString("generated_text", answer.Text);
            if (answer.Request.Parameters.Details)
            {
                json.WriteStartObject("details");
                RawJson.WriteCounts(json, answer);
                json.WriteEndObject();
            }
            else
                json.WriteNull("details");
        }

        json.WriteEndObject();
    }
}
