using System.Diagnostics;
using DigitsDensity;
using MAFlow.Examples;
using Microsoft.ML;

return CommandLine.Run(args, (settings, cancellationToken) =>
{
    // Matrices this small gain nothing from a second core, and lose much where other programs are using it.
    TorchRuntime.EnsureLoaded();
    TorchSharp.torch.set_num_threads(1);

    var mlContext = new MLContext(settings.Seed);
    var digits = DigitsData.Load();
    var training = mlContext.Data.LoadFromEnumerable(digits.Training);
    var validation = mlContext.Data.LoadFromEnumerable(digits.Validation);

    // Pixels 0..16 are spread over the line; likelihoods stay those of the pixels, all Jacobians included.
    var spread = new UniformDequantization(levels: 17);
    BijectionFit[] toLine = [spread, new Logit(lambda: 1e-3)];

    // A coarse integration is enough to learn from; what is reported and drawn is integrated finely.
    const int scoringDepth = 8;

    // Train: the flow starts as independent pixels, each with its own distribution, and learns how they hang together.
    var clock = Stopwatch.StartNew();
    using var model = EpochDisplay.Show("", progress => mlContext.Transforms.MongeAmpereFlow("Latent", "Pixels", new()
    {
        Model = new()
        {
            Bijections = [spread, new HistogramGaussianization(bins: 17), new Standardization()],
            Directions = new LocalPatches(width: 8, height: 8, patch: 2),
            HiddenUnits = 512,
            Flow = new() { Horizon = 2, Depth = 4 },
        },
        Training = new() { MaxEpochs = settings.Epochs, LearningRate = 3e-2, WeightDecay = 0.07 },
        ScoringDepth = scoringDepth,
        ValidationData = validation,
        Progress = progress,
        CancellationToken = cancellationToken,
    }).Fit(training));
    var trainSeconds = clock.Elapsed.TotalSeconds;

    // Save, and load as another program would.
    var modelFile = Path.Combine(settings.Output.FullName, "model.zip");
    AtomicFile.Write(modelFile, path => mlContext.Model.Save(model, training.Schema, path));
    var loaded = mlContext.Model.Load(modelFile, out _);

    // Score the test digits, beside two Gaussians in the same units.
    using var full = GaussianBaseline.Fit([.. toLine, new AffineGaussianization()], digits.Training, settings.Seed);
    using var diagonal = GaussianBaseline.Fit([.. toLine, new Standardization()], digits.Training, settings.Seed);
    var results = Evaluation.Of(mlContext, model, scoringDepth, loaded, digits, full, diagonal);
    ResultPrinter.Print(results, model.Model.Flow.ParameterCount, trainSeconds, model.Report);
    cancellationToken.ThrowIfCancellationRequested();

    // Draw new digits, and the pictures.
    var drawn = model.Sample(Figures.SampleCount, settings.Seed);
    var samples = mlContext.Data.CreateEnumerable<Digit>(drawn, reuseRowObject: false, ignoreMissingColumns: true);
    var figures = Figures.Write(settings.Output, model, digits, samples, results);

    string[] files = [modelFile, .. figures];
    if (settings.Report is { } report)
    {
        files = [.. files, report.FullName];
        ReportFile.Save(report.FullName, results.Report(model.Model.Flow.ParameterCount, trainSeconds, files));
    }

    OutputFiles.Print(files);
});
