using MAFlow.Examples;

namespace MnistDensity;

/// <summary>Fetches the files from the first mirror that serves them; each is verified under a temporary name before it gets its
/// own.</summary>
public sealed class MnistDownload(HttpClient client, IReadOnlyList<Uri> mirrors)
{
    private const long MaximumBytes = 64 << 20;
    private const int BlockSize = 1 << 16;
    private static readonly TimeSpan _silence = TimeSpan.FromSeconds(30);

    public static IReadOnlyList<Uri> PublicMirrors { get; } =
        [new("https://storage.googleapis.com/cvdf-datasets/mnist/"), new("https://ossci-datasets.s3.amazonaws.com/mnist/")];

    /// <param name="archive">What to fetch; files that are there already are kept.</param>
    /// <param name="folder">An existing folder.</param>
    /// <param name="progress">Told the share that has arrived, from 0 to 1, counted in files.</param>
    /// <param name="cancellationToken">Stops at once.</param>
    /// <exception cref="IOException">No mirror served a file as it should be.</exception>
    public void Fetch(MnistArchive archive, string folder, IProgress<double> progress, CancellationToken cancellationToken)
    {
        var missing = archive.MissingFrom(folder);
        foreach (var (i, file) in missing.Index())
        {
            Fetch(file, Path.Combine(folder, file.Name), share => progress.Report((i + share) / missing.Count), cancellationToken);
        }
    }

    private void Fetch(MnistFile file, string path, Action<double> report, CancellationToken cancellationToken)
    {
        var failures = new List<string>();
        foreach (var mirror in mirrors)
        {
            try
            {
                AtomicFile.Write(path, temporary =>
                {
                    Copy(new Uri(mirror, file.Name), temporary, report, cancellationToken).GetAwaiter().GetResult();
                    file.Read(temporary);
                });
                return;
            }
            catch (Exception error) when (error is HttpRequestException or IOException or InvalidDataException)
            {
                failures.Add($"{mirror.Host}: {error.Message.TrimEnd('.')}");
            }
        }

        throw new IOException(
            $"Expected to download {file.Name}, got from {string.Join("; from ", failures)}. "
            + "Connect to the network, or put the four gzip files of MNIST into a folder and name it with --data.");
    }

    private async Task Copy(Uri address, string path, Action<double> report, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(_silence);
        try
        {
            using var response = await client.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, patience.Token);
            response.EnsureSuccessStatusCode();
            var expected = response.Content.Headers.ContentLength ?? MaximumBytes;
            using var source = await response.Content.ReadAsStreamAsync(patience.Token);
            using var target = File.Create(path);
            var block = new byte[BlockSize];
            while (await source.ReadAsync(block, patience.Token) is > 0 and var read)
            {
                patience.CancelAfter(_silence);
                target.Write(block, 0, read);
                report(Math.Min(1, (double)target.Length / expected));
                if (target.Length > MaximumBytes)
                {
                    throw new InvalidDataException($"Expected at most {MaximumBytes >> 20} MB, got more.");
                }
            }
        }
        catch (OperationCanceledException error) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IOException($"no data for {_silence.TotalSeconds:F0} seconds.", error);
        }
    }
}
