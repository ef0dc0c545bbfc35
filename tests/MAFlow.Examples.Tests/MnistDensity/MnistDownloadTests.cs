using System.Net;
using MnistDensity;

namespace MAFlow.Examples.Tests;

[TestClass]
public sealed class MnistDownloadTests
{
    private readonly IdxFiles _published = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("maflow-").FullName;
    private readonly List<Uri> _asked = [];
    private readonly Recorder _progress = new();

    [TestCleanup]
    public void Cleanup()
    {
        _published.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [TestMethod]
    public void MissingFilesAreFetchedOnceWithProgress()
    {
        Fetch(Serve);
        Assert.IsEmpty(_published.Archive.MissingFrom(_folder));
        foreach (var file in _published.Archive.Files)
        {
            CollectionAssert.AreEqual(File.ReadAllBytes(_published[file]), File.ReadAllBytes(Path.Combine(_folder, file.Name)));
        }

        Assert.HasCount(4, _asked);
        Assert.AreEqual(1, _progress.Values[^1], 1e-12);
        CollectionAssert.AreEqual(_progress.Values.Order().ToList(), _progress.Values);
        File.Delete(Path.Combine(_folder, _published.Archive.TestLabels.Name));
        Fetch(Serve);
        Assert.HasCount(5, _asked);
    }

    [TestMethod]
    public void TheNextMirrorServesWhatTheFirstDoesNot()
    {
        Fetch(address => address.Host == "first" ? new(HttpStatusCode.NotFound) : Serve(address));
        Assert.IsEmpty(_published.Archive.MissingFrom(_folder));
        Assert.HasCount(8, _asked);
    }

    [TestMethod]
    public void AnotherContentIsNotKept()
    {
        using var other = new IdxFiles(seed: 2);
        var error = Assert.ThrowsExactly<IOException>(() => Fetch(address => Served(File.ReadAllBytes(Path.Combine(other.Folder, address.Segments[^1])))));
        Assert.Contains("from first: Expected train-images to be the original MNIST file", error.Message);
        Assert.Contains("from second: Expected train-images", error.Message);
        Assert.IsEmpty(Directory.GetFiles(_folder), "Nothing incomplete stays behind.");
    }

    [TestMethod]
    public void WithoutANetworkTheMessageSaysWhatToDo()
    {
        var error = Assert.ThrowsExactly<IOException>(() => Fetch(_ => throw new HttpRequestException("no such host")));
        Assert.Contains("Expected to download train-images, got from first: no such host", error.Message);
        Assert.Contains("put the four gzip files of MNIST into a folder and name it with --data", error.Message);
        Assert.IsEmpty(Directory.GetFiles(_folder));
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
        Assert.HasCount(1, _asked);
        Assert.IsEmpty(Directory.GetFiles(_folder));
    }

    private static HttpResponseMessage Served(byte[] bytes) => new(HttpStatusCode.OK) { Content = new ByteArrayContent(bytes) };

    private HttpResponseMessage Serve(Uri address) => Served(File.ReadAllBytes(Path.Combine(_published.Folder, address.Segments[^1])));

    private void Fetch(Func<Uri, HttpResponseMessage> serve, CancellationToken cancellationToken = default)
    {
        using var server = new Server(address =>
        {
            _asked.Add(address);
            return serve(address);
        });
        using var client = new HttpClient(server);
        new MnistDownload(client, [new("http://first/mnist/"), new("http://second/mnist/")]).Fetch(_published.Archive, _folder, _progress, cancellationToken);
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
