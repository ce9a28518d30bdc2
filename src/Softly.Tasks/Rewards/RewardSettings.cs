using System.Globalization;
using System.Reflection;

namespace Softly.Tasks;

/// <summary>
/// What a recipe sets of a reward: its properties that can be set, of numbers, texts, truth values and choices, by their names in
/// snake_case.
/// </summary>
public static class RewardSettings
{
    /// <summary>Sets properties of a reward that nobody else has yet.</summary>
    /// <exception cref="ArgumentException">
    /// There is no such property (the message has the nearest), a value is of another kind, or what is set does not fit together.
    /// </exception>
    public static void Apply(IReward reward, IEnumerable<KeyValuePair<string, string>> settings)
    {
        var properties = Of(reward.GetType());
        foreach (var (key, text) in settings)
        {
            if (!properties.TryGetValue(key, out var property))
                throw new ArgumentException($"there is no setting '{key}'"
                    + (NearestName.Of(key, properties.Keys) is { } near ? $"; did you mean '{near}'?" : ".")
                    + (properties.Count > 0 ? $" Settings: {string.Join(", ", properties.Keys)}." : " It has none."));
            try
            {
                property.SetValue(reward, Value(key, text, property.PropertyType));
            }
            catch (TargetInvocationException e) when (e.InnerException is { } cause)
            {
                throw new ArgumentException($"{key}: {cause.Message}", cause);
            }
        }
        if (reward.Problem is { } problem) throw new ArgumentException(problem);
    }

    /// <summary>The properties a recipe can set, by key.</summary>
    public static IReadOnlyDictionary<string, PropertyInfo> Of(Type reward) => reward.GetProperties()
        .Where(p => p.SetMethod is { IsPublic: true } && Kind(p.PropertyType) is not null)
        .OrderBy(p => p.MetadataToken).DistinctBy(p => Snake(p.Name)).ToDictionary(p => Snake(p.Name));

    private static object Value(string key, string text, Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(string)) return text;
        if (type == typeof(bool) && bool.TryParse(text, out var flag)) return flag;
        if (type == typeof(int) && int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole))
            return whole;
        if (type == typeof(double) && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && double.IsFinite(number))
            return number;
        if (type.IsEnum && Enum.GetNames(type).FirstOrDefault(n => Snake(n) == text) is { } name) return Enum.Parse(type, name);
        throw new ArgumentException($"{key}: expected {Kind(type)}, found '{text}'");
    }

    private static string? Kind(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        return type == typeof(string) ? "a text" : type == typeof(bool) ? "true or false"
            : type == typeof(int) ? "a whole number" : type == typeof(double) ? "a number"
            : type.IsEnum ? "one of " + string.Join(", ", Enum.GetNames(type).Select(Snake))
            : null;
    }

    private static string Snake(string name) =>
        string.Concat(name.Select((c, i) => char.IsUpper(c) ? (i > 0 ? "_" : "") + char.ToLowerInvariant(c) : c.ToString()));
}
