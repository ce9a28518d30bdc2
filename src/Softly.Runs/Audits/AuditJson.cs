using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Softly.Runs;

/// <summary>How audits are spelt in JSON: names in snake case, estimates as elsewhere, null for what is no number.</summary>
internal static class AuditJson
{
    public static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true, RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters =
        {
            new NumberOrNull(), new EstimateOrNulls(), new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower),
        },
    };

    private sealed class NumberOrNull : JsonConverter<double>
    {
        public override bool HandleNull => true;

        public override double Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.Null ? double.NaN : reader.GetDouble();

        public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options)
        {
            if (double.IsFinite(value)) writer.WriteNumberValue(value);
            else writer.WriteNullValue();
        }
    }

    private sealed class EstimateOrNulls : JsonConverter<Estimate>
    {
        private sealed record Bounds(double Estimate, double Low, double High);

        public override Estimate Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
            JsonSerializer.Deserialize<Bounds>(ref reader, options) is { } b
                ? new Estimate(b.Estimate, b.Low, b.High) : throw new JsonException("an estimate is null");

        public override void Write(Utf8JsonWriter writer, Estimate value, JsonSerializerOptions options) =>
            JsonSerializer.Serialize(writer, new Bounds(value.Value, value.Low, value.High), options);
    }
}
