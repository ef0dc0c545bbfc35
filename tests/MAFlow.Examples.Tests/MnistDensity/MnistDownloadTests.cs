using System.Net;
using MnistDensity.Data;

namespace MAFlow.Examples.Tests;

[TestClass]
public sealed class MnistDownloadTests
{
    private readonly IdxFiles published = new();
    private readonly string folder = Directory.CreateTempSubdirectory("maflow-").FullName;
    private readonly List<Uri> asked = [];
    private readonly Recorder progress = new();

    [TestCleanup]
    public void Cleanup()
    {
        published.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [TestMethod]
    public void MissingFilesAreFetchedOnceWithProgress()
    {
        Fetch(Serve);
        Assert.IsEmpty(published.Archive.MissingFrom(folder));
        foreach (var file in published.Archive.Files)
        {
            CollectionAssert.AreEqual(File.ReadAllBytes(published[file]), File.ReadAllBytes(Path.Combine(folder, file.Name)));
        }

        Assert.HasCount(4, asked);
        Assert.AreEqual(1, progress.Values[^1], 1e-12);
        CollectionAssert.AreEqual(progress.Values.Order().ToList(), progress.Values);
        File.Delete(Path.Combine(folder, published.Archive.TestLabels.Name));
        Fetch(Serve);
        Assert.HasCount(5, asked);
    }

    [TestMethod]
    public void TheNextMirrorServesWhatTheFirstDoesNot()
    {
        Fetch(address => address.Host == "first" ? new(HttpStatusCode.NotFound) : Serve(address));
        Assert.IsEmpty(published.Archive.MissingFrom(folder));
        Assert.HasCount(8, asked);
    }

    [TestMethod]
    public void AnotherContentIsNotKept()
    {
        using var other = new IdxFiles(seed: 2);
        var error = Assert.ThrowsExactly<IOException>(() => Fetch(address => Served(File.ReadAllBytes(Path.Combine(other.Folder, address.Segments[^1])))));
        Assert.Contains("from first: Expected train-images to be the original MNIST file", error.Message);
        Assert.Contains("from second: Expected train-images", error.Message);
        Assert.IsEmpty(Directory.GetFiles(folder), "Nothing incomplete stays behind.");
    }

    [TestMethod]
    public void WithoutANetworkTheMessageSaysWhatToDo()
    {
        var error = Assert.ThrowsExactly<IOException>(() => Fetch(_ => throw new HttpRequestException("no such host")));
        Assert.Contains("Expected to download train-images, got from first: no such host", error.Message);
        Assert.Contains("put the four gzip files of MNIST into a folder and name it with --data", error.Message);
        Assert.IsEmpty(Directory.GetFiles(folder));
    }

    [TestMethod]
    public void CancellationStopsAndLeavesNothing()
    {
        using var source = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => Fetch(
            address =>
            {
                source.Cancel();
                return Serve(address);
            },
            source.Token));
        Assert.HasCount(1, asked);
        Assert.IsEmpty(Directory.GetFiles(folder));
    }

    private static HttpResponseMessage Served(byte[] bytes) => new(HttpStatusCode.OK) { Content = new ByteArrayContent(bytes) };

    private HttpResponseMessage Serve(Uri address) => Served(File.ReadAllBytes(Path.Combine(published.Folder, address.Segments[^1])));

    private void Fetch(Func<Uri, HttpResponseMessage> serve, CancellationToken cancellationToken = default)
    {
        using var server = new Server(address =>
        {
            asked.Add(address);
            return serve(address);
        });
        using var client = new HttpClient(server);
        new MnistDownload(client, [new("http://first/mnist/"), new("http://second/mnist/")]).Fetch(published.Archive, folder, progress, cancellationToken);
    }

    private sealed class Server(Func<Uri, HttpResponseMessage> serve) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => Task.FromResult(serve(request.RequestUri!));
    }

    private sealed class Recorder : IProgress<double>
    {
        public List<double> Values { get; } = [];

        public void Report(double value) => Values.Add(value);
    }
}
