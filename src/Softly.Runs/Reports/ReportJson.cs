using System.Text.Json;

namespace Softly.Runs.Reports;

/// <summary>What the reports for programs have in common.</summary>
internal static class ReportJson
{
    /// <summary>A share at k with its interval.</summary>
    public static void Rate(Utf8JsonWriter json, int k, Estimate share)
    {
        json.WriteStartObject();
        json.WriteNumber("k", k);
        json.WriteNumberOrNull("estimate", share.Value);
        json.WriteNumberOrNull("low", share.Low);
        json.WriteNumberOrNull("high", share.High);
        json.WriteEndObject();
    }

    /// <summary>An array under a name.</summary>
    public static void List<T>(Utf8JsonWriter json, string name, IReadOnlyList<T> items, Action<Utf8JsonWriter, T> write)
    {
        json.WriteStartArray(name);
        foreach (var item in items) write(json, item);
        json.WriteEndArray();
    }
}
