using System.Text.RegularExpressions;
using Softly.Models.Weights;
using Softly.Runs;
using Softly.Tokenization;

namespace Softly.Cli;

/// <summary>Where a conversion may write: never over what it reads, and over nothing but a model.</summary>
/// <param name="given">The target as the user wrote it, for messages.</param>
/// <param name="force">Whether a model that is there may be replaced.</param>
internal sealed partial class ConversionTarget(string given, bool force)
{
    private readonly string _path = Full(given);

    /// <summary>Whether it is a GGUF file rather than a folder.</summary>
    public bool IsGguf { get; } = given.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase);

    /// <summary>Refuses what must not be written to; nothing is changed.</summary>
    /// <param name="from">What is converted: a folder or a file.</param>
    /// <exception cref="UserError">The target cannot be used; the message has the remedy.</exception>
    /// <exception cref="InvalidDataException">The source is an adapter whose model is not to be had.</exception>
    public void Check(string from)
    {
        KeepApart(from, "the source");
        if (AdapterConfig.IsIn(from))
            KeepApart(AdapterConfig.FindBase(from, ModelName.Find), "the model that the adapter changes");
        if (IsGguf)
        {
            if (Directory.Exists(_path)) throw new UserError($"{given}: is a folder; give the name of a file");
            if (File.Exists(_path) && !force)
                throw new UserError($"{given}: is there already; give another name, or --force to replace it");
            return;
        }
        if (File.Exists(_path)) throw new UserError($"{given}: is a file; give a folder, or a name that ends in .gguf");
        if (!Directory.Exists(_path) || !Directory.EnumerateFileSystemEntries(_path).Any()) return;
        // A folder is replaced as a whole, so it must be a model's and nothing else.
        if (Foreign() is { } foreign)
            throw new UserError($"{given}: the folder is not empty and holds more than a model ({foreign}); choose another");
        if (!File.Exists(Path.Combine(_path, "config.json")))
            throw new UserError($"{given}: the folder is not empty and holds no model (no config.json); choose another");
        if (!force) throw new UserError($"{given}: holds a model already; choose another folder, or --force to replace it");
    }

    /// <summary>Refuses to write over, or to remove with the folder around it, what is read.</summary>
    private void KeepApart(string read, string what)
    {
        read = Real(Full(read));
        var target = Real(_path);
        if (target == read)
            throw new UserError(what == "the source"
                ? $"{given}: source and target are the same"
                : $"{given}: is {what}; choose another place");
        if (!IsGguf && read.StartsWith(target + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            throw new UserError($"{given}: holds {what}; choose another folder");
    }

    /// <summary>The first entry of the folder that a model's folder does not have; null where all is a model's.</summary>
    private string? Foreign() => Directory.EnumerateFileSystemEntries(_path).Order(StringComparer.Ordinal)
        .Where(entry => Directory.Exists(entry) || !IsOfAModel(Path.GetFileName(entry)))
        .Select(Path.GetFileName).FirstOrDefault();

    private static bool IsOfAModel(string name) =>
        name is "config.json" or "tokenizer.model" || TokenizerLoader.FileNames.Contains(name) || Weights().IsMatch(name);

    private static string Full(string path) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));

    /// <summary>A path behind the links that it is, not those on the way to it.</summary>
    private static string Real(string path)
    {
        FileSystemInfo at = Directory.Exists(path) ? new DirectoryInfo(path) : new FileInfo(path);
        return at.LinkTarget is null ? path : at.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? path;
    }

    [GeneratedRegex(@"\A(model(-\d{1,6}-of-\d{1,6})?\.safetensors|model\.safetensors\.index\.json)\z")]
    private static partial Regex Weights();
}
