namespace MAFlow.Torch;

/// <summary>Writes a file in one step as seen from outside: a temporary file beside it, flushed to disk, then renamed over it.</summary>
internal static class AtomicFile
{
    /// <summary>Writes a file; when writing fails, an earlier file of that name is untouched and no temporary file stays behind.</summary>
    public static void Write(string path, Action<Stream> write)
    {
        var target = Path.GetFullPath(path);
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        var temporary = $"{target}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, target, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
