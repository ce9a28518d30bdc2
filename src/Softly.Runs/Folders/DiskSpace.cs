namespace Softly.Runs;

/// <summary>Turns "No space left on device" into a sentence that names the place and what is left of it.</summary>
internal static class DiskSpace
{
    /// <summary>Bytes free where <paramref name="path"/> lies; null where the system does not tell.</summary>
    public static long? Free(string path)
    {
        try
        {
            var folder = Path.GetFullPath(path);
            while (!Directory.Exists(folder) && Path.GetDirectoryName(folder) is { } parent) folder = parent;
            return new DriveInfo(folder).AvailableFreeSpace;
        }
        catch (Exception error) when (error is IOException or ArgumentException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The failure to write <paramref name="path"/>, told with the bytes that are free there.</summary>
    public static IOException Explain(string path, IOException cause, string consequence) =>
        new($"cannot write {path}: {cause.Message.TrimEnd('.')}. "
            + (Free(path) is { } free ? $"{HumanBytes.Format(free)} ({free} bytes) are free there. " : "") + consequence, cause);
}
