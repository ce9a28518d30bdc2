using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Softly.Algorithms;
using Softly.Sampling;
using Softly.Tasks;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Softly.Cli.Recipes;

/// <summary>
/// Reads recipes strictly: every unknown key, wrong type and value out of range is reported at once, with the nearest valid name.
/// </summary>
internal static partial class RecipeReader
{
    /// <summary>A key as the recipe's type declares it.</summary>
    public sealed record Key(string Name, PropertyInfo Property, KeyAttribute About)
    {
        public IEnumerable<string> Aliases => About.Aliases.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        public string[] Choices =>
            [.. About.Laws ? StepLaws.Names : [], .. About.Methods ? Methods.Names : [], .. About.Graders ? GraderChoice.Names : [],
                .. About.Choices.Split(' ', StringSplitOptions.RemoveEmptyEntries)];
        public Type Type => Nullable.GetUnderlyingType(Property.PropertyType) ?? Property.PropertyType;
    }

    /// <summary>All keys, in the order of their declaration.</summary>
    public static IReadOnlyList<Key> Keys { get; } = KeysOf(typeof(Recipe));

    /// <summary>The keys that a type declares, in the order of their declaration.</summary>
    public static IReadOnlyList<Key> KeysOf(Type type) =>
        [.. type.GetProperties().Select(p => (Property: p, About: p.GetCustomAttribute<KeyAttribute>()))
            .Where(x => x.About is not null).Select(x => new Key(Snake(x.Property.Name), x.Property, x.About!))];

    private static readonly Dictionary<string, Key> ByName = Named(Keys);

    /// <summary>Keys by all their names.</summary>
    public static Dictionary<string, Key> Named(IEnumerable<Key> keys) =>
        keys.SelectMany(k => k.Aliases.Prepend(k.Name).Select(n => (n, k))).ToDictionary(x => x.n, x => x.k);

    /// <summary>The key of that name or alias; null where there is none.</summary>
    public static Key? Find(string name) => Find(name, ByName);

    private static Key? Find(string name, Dictionary<string, Key> byName) =>
        byName.GetValueOrDefault(name.Replace('-', '_')) ?? byName.GetValueOrDefault(name);

    /// <summary>A recipe file with changes from the command line, which win.</summary>
    /// <param name="path">The file; null for the defaults alone.</param>
    /// <param name="overrides">Each <c>key=value</c>.</param>
    /// <exception cref="UserError">What is wrong, all of it.</exception>
    public static Recipe Read(string? path, IEnumerable<string> overrides)
    {
        var problems = new List<string>();
        var recipe = new Recipe();
        var seen = new Dictionary<string, string>();
        if (path is not null)
            foreach (var (name, value, line) in Pairs(path, problems))
                recipe = Set(recipe, name, value, $"{path}:{line}", seen, problems);
        seen.Clear();
        foreach (var pair in overrides)
        {
            var at = pair.IndexOf('=');
            if (at <= 0) problems.Add($"'{pair}' on the command line: expected key=value");
            else recipe = Set(recipe, pair[..at], pair[(at + 1)..], "the command line", seen, problems);
        }
        return problems.Count == 0 ? recipe : throw new UserError(string.Join(Environment.NewLine, problems));
    }

    /// <summary>The whole recipe as YAML, ready to be read again.</summary>
    public static string Write(Recipe recipe) =>
        string.Concat(Keys.Select(k => $"{k.Name}: {Show(k.Property.GetValue(recipe))}\n"));

    /// <summary>Every key with its default, what it does, its choices and its other names.</summary>
    public static string Describe() => string.Concat(Keys.Select(k =>
        $"{k.Name}: {Show(k.Property.GetValue(new Recipe()))}\n    {k.About.Help}"
        + (k.Choices.Length > 0 ? $" [{string.Join(" | ", k.Choices)}]" : "")
        + (k.Aliases.Any() ? $"\n    also: {string.Join(", ", k.Aliases)}" : "") + "\n"));

    private static IEnumerable<(string Name, string? Value, long Line)> Pairs(string path, List<string> problems)
    {
        if (Root(path, "recipe") is not { } root) yield break;
        foreach (var (key, value) in Flatten("", root, path, problems))
            yield return (key, Expand(value.Value, $"{path}:{value.Start.Line}: {key}", problems), value.Start.Line);
    }

    /// <summary>The top of a YAML file; null where it is empty.</summary>
    /// <param name="path">The file.</param>
    /// <param name="what">What it is, for messages.</param>
    /// <exception cref="UserError">It is missing, far too large or no YAML.</exception>
    public static YamlMappingNode? Root(string path, string what)
    {
        if (!File.Exists(path)) throw new UserError($"{path}: there is no such {what} file");
        using var reader = File.OpenText(path);
        if (reader.BaseStream is { CanSeek: true, Length: > 1 << 20 }) // of what was opened, not of a link to it
            throw new UserError($"{path}: more than 1 MiB; a {what} is a few lines of key: value");
        var stream = new YamlStream();
        try
        {
            stream.Load(reader);
        }
        catch (YamlException e)
        {
            throw new UserError($"{path}:{e.Start.Line}: not YAML: {e.Message}");
        }
        if (stream.Documents.Count == 0) return null;
        return stream.Documents[0].RootNode as YamlMappingNode
            ?? throw new UserError($"{path}:1: expected lines of key: value");
    }

    /// <summary>
    /// ${NAME} and ${NAME:-otherwise} stand for environment variables, so that a recipe can name data without knowing where it
    /// lies.
    /// </summary>
    public static string? Expand(string? text, string where, List<string> problems) => text is null
        ? null
        : Variable().Replace(text, match =>
    {
        if (Environment.GetEnvironmentVariable(match.Groups[1].Value) is { Length: > 0 } value) return value;
        if (match.Groups[2].Success) return match.Groups[2].Value;
        problems.Add($"{where}: the environment variable {match.Groups[1].Value} is not set; set it, "
            + $"or write ${{{match.Groups[1].Value}:-otherwise}}");
        return "";
    });

    [GeneratedRegex(@"\$\{(\w+)(?::-([^}]*))?\}")]
    private static partial Regex Variable();

    /// <summary>Nested blocks become dotted names, as verl's keys are written on its command line.</summary>
    public static IEnumerable<(string Key, YamlScalarNode Value)> Flatten(
        string prefix, YamlMappingNode node, string path, List<string> problems)
    {
        foreach (var (k, v) in node.Children)
        {
            if (k is not YamlScalarNode { Value: { } word })
            {
                problems.Add($"{path}:{k.Start.Line}: expected a key, found {(k is YamlSequenceNode ? "a list" : "a block")}");
                continue;
            }
            var name = prefix + word;
            if (v is YamlMappingNode inner)
                foreach (var pair in Flatten(name + ".", inner, path, problems)) yield return pair;
            else if (v is YamlScalarNode scalar) yield return (name, scalar);
            else problems.Add($"{path}:{v.Start.Line}: {name}: expected one value, found a list");
        }
    }

    /// <summary>A recipe with one key set; the same where that cannot be, which is added to the problems.</summary>
    public static Recipe Set(
        Recipe recipe, string name, string? text, string where, Dictionary<string, string> seen, List<string> problems)
    {
        var copy = recipe with { };
        Assign(copy, ByName, name, text, where, seen, problems);
        return copy;
    }

    /// <summary>Sets one key of an object in place, or adds to the problems why not.</summary>
    /// <param name="target">Has the keys as properties.</param>
    /// <param name="byName">Its keys by all their names.</param>
    /// <param name="name">The key as written.</param>
    /// <param name="text">The value as written.</param>
    /// <param name="where">File and line, for messages.</param>
    /// <param name="seen">Keys given so far; one given twice is refused.</param>
    /// <param name="problems">What is wrong so far.</param>
    public static void Assign(
        object target, Dictionary<string, Key> byName, string name, string? text, string where,
        Dictionary<string, string> seen, List<string> problems)
    {
        if (Find(name, byName) is not { } key) problems.Add($"{where}: unknown key '{name}'{Nearest(name, byName.Keys)}");
        else if (!seen.TryAdd(key.Name, name))
            problems.Add(
                $"{where}: {key.Name} is given twice{(seen[key.Name] == name ? "" : $" (as {seen[key.Name]} and {name})")}");
        else if (Value(key, text, out var problem) is var value && problem is not null)
            problems.Add($"{where}: {name}: {problem}");
        else key.Property.SetValue(target, value);
    }

    private static object? Value(Key key, string? text, out string? problem)
    {
        problem = null;
        var optional = Nullable.GetUnderlyingType(key.Property.PropertyType) is not null
            || (key.Type == typeof(string)
                && key.Property.GetValue(Activator.CreateInstance(key.Property.DeclaringType!)) is null);
        if (text is null or "" or "null" or "~")
        {
            if (!optional) problem = $"expected {Expected(key)}, found nothing";
            return null;
        }
        if (key.Type == typeof(string))
        {
            if (key.Choices.Length > 0 && !key.Choices.Contains(text))
                problem = $"'{text}' is not one of {string.Join(", ", key.Choices)}{Nearest(text, key.Choices)}";
            return text;
        }
        if (key.Type == typeof(bool))
        {
            if (bool.TryParse(text, out var flag)) return flag;
            problem = $"expected true or false, found '{text}'";
            return null;
        }
        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) || !double.IsFinite(number)
            || (key.Type == typeof(int) && (number != Math.Floor(number) || Math.Abs(number) > int.MaxValue)))
        {
            problem = $"expected {Expected(key)}, found '{text}'";
            return null;
        }
        if (number < key.About.Least || number > key.About.Most || (key.About.Above && number <= key.About.Least)
            || (key.About.Below && number >= key.About.Most))
            problem = $"{text} is out of range: expected {Expected(key)}";
        return key.Type == typeof(int) ? (object)(int)number : number;
    }

    private static string Expected(Key key)
    {
        if (key.Type == typeof(bool)) return "true or false";
        if (key.Type == typeof(string)) return key.Choices.Length > 0 ? $"one of {string.Join(", ", key.Choices)}" : "a text";
        var kind = key.Type == typeof(int) ? "a whole number" : "a number";
        if (double.IsFinite(key.About.Least))
            kind += key.About.Above ? $" above {key.About.Least}" : $" of at least {key.About.Least}";
        return double.IsFinite(key.About.Most) ? $"{kind} and {(key.About.Below ? "below" : "at most")} {key.About.Most}" : kind;
    }

    /// <summary>The remedy at the end of a message about an unknown name; empty where none is near.</summary>
    public static string Nearest(string name, IEnumerable<string> known) =>
        NearestName.Of(name, known) is { } near ? $"; did you mean '{near}'?" : "";

    private static string Show(object? value) => value switch
    {
        null => "null",
        bool b => b ? "true" : "false",
        string s => s.Length > 0 && s.All(c => char.IsLetterOrDigit(c) || c is '-' or '_' or '/' or '.' or '@')
            ? s
            : "\"" + s.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n") + "\"",
        IFormattable f => f.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };

    private static string Snake(string name) =>
        string.Concat(name.Select((c, i) => char.IsUpper(c) ? (i > 0 ? "_" : "") + char.ToLowerInvariant(c) : c.ToString()));
}
