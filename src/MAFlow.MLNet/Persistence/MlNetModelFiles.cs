using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace MAFlow.MLNet.Persistence;

/// <summary>A flow inside ML.NET's model files: the settings in the main stream, the model in a safetensors file beside it.</summary>
internal static class FlowModelFile
{
    public const string LoaderSignature = "MongeAmpereFlow";
    private const string ModelSignature = "MAFLOW  ";
    private const uint Version = 0x00010003;

    // What depends on no context.
    private const uint VersionWithoutContexts = 0x00010002;

    // What ranks by the density, without leading features, is what earlier versions wrote, and can read.
    private const uint VersionOfDensities = 0x00010001;
    private const string StreamName = "Model.safetensors";
    private const string MeasureName = "Measure";

    public static void Save(ModelSaveContext context, FlowSettings settings, Action<Stream> saveModel) =>
        Save(context, LoaderSignature, writer => FlowSettingsFormat.Write(writer, settings), saveModel, settings.Ranking,
            settings.Columns.Context is not null ? Version
                : settings.Ranking is null && settings.LeadingCount is null ? VersionOfDensities : VersionWithoutContexts);

    public static void Save(
        ModelSaveContext context, string loaderSignature, Action<BinaryWriter> writeSettings, Action<Stream> saveModel,
        RankingMeasure? ranking = null, uint version = VersionOfDensities)
    {
        // The name without a version: a newer file then gets as far as the check below, which can say what is wrong.
        var assembly = typeof(FlowModelFile).Assembly.GetName().Name;
        context.SetVersionInfo(new VersionInfo(ModelSignature, version, version, VersionOfDensities, assembly, loaderSignature));

        // *** Binary format ***
        // int: length of the settings in bytes
        // byte[]: settings in JSON
        // stream "Model.safetensors": preprocessing and flow, as the model's Save writes them
        // stream "Measure": what ranks in place of the density, see MeasureFormat
        writeSettings(context.Writer);
        context.SaveBinaryStream(StreamName, writer => saveModel(writer.BaseStream));
        if (ranking is not null)
        {
            context.SaveBinaryStream(MeasureName, writer => MeasureFormat.Write(writer, ranking));
        }
    }

    /// <summary>Called by ML.NET, which finds it through the LoadableClass attribute and the assembly name in the file.</summary>
    /// <remarks>It is called by reflection, and so within a TargetInvocationException for this transformer and each chain around it.
    /// The base of these is to be the error that says what is wrong. Errors that ML.NET's Contracts have marked would not come out of
    /// it either: they get one more around them, an InvalidOperationException without their text.</remarks>
    /// <exception cref="FormatException">The file is damaged, foreign, or of a newer version.</exception>
    public static MongeAmpereFlowTransformer Create(IHostEnvironment environment, ModelLoadContext context) =>
        Read(context, FlowSettingsFormat.Read, (settings, stream) => MongeAmpereFlowTransformer.Load(
            environment, settings, dimension => ReadMeasure(context, settings, dimension), stream));

    public static TTransformer Read<TSettings, TTransformer>(
        ModelLoadContext context, Func<BinaryReader, TSettings> readSettings, Func<TSettings, Stream, TTransformer> load)
        where TTransformer : class
    {
        try
        {
            return ReadUnguarded(context, readSettings, load);
        }
        catch (FormatException error) when (error.InnerException is not null)
        {
            // Its message has what the cause says.
            throw new FormatException(error.Message);
        }
    }

    private static TTransformer ReadUnguarded<TSettings, TTransformer>(
        ModelLoadContext context, Func<BinaryReader, TSettings> readSettings, Func<TSettings, Stream, TTransformer> load)
        where TTransformer : class
    {
        var header = context.Header;
        if (header.ModelSignature != new VersionInfo(ModelSignature, Version, Version, Version, "").ModelSignature)
        {
            throw FlowSettingsFormat.Corrupt($"the signature {ModelSignature.Trim()}, got {header.ModelSignature:x16}");
        }

        if (header.ModelVerReadable > Version)
        {
            throw new FormatException(
                $"The flow was saved by a newer version: expected format {Version:x8} or older, got {header.ModelVerReadable:x8}. "
                + "Update the package MAFlow.MLNet.");
        }

        var settings = readSettings(context.Reader);
        TTransformer? transformer = null;
        if (!context.TryLoadBinaryStream(StreamName, reader => transformer = load(settings, reader.BaseStream)))
        {
            throw FlowSettingsFormat.Corrupt($"an entry '{StreamName}', got none");
        }

        return transformer!;
    }

    private static RankingMeasure ReadMeasure(ModelLoadContext context, FlowSettings settings, int dimension)
    {
        RankingMeasure? measure = null;
        return context.TryLoadBinaryStream(MeasureName, reader => measure = MeasureFormat.Read(reader, settings.Measure, dimension))
            ? measure!
            : throw FlowSettingsFormat.Corrupt($"an entry '{MeasureName}', got none");
    }
}

/// <summary>A regression inside ML.NET's model files, in the same way.</summary>
internal static class RegressionModelFile
{
    public const string LoaderSignature = "MongeAmpereRegression";

    public static void Save(ModelSaveContext context, RegressionSettings settings, Action<Stream> saveModel) =>
        FlowModelFile.Save(context, LoaderSignature, writer => SettingsJson.Write(writer, settings), saveModel);

    /// <summary>Called by ML.NET, as that of <see cref="FlowModelFile"/> is.</summary>
    public static MongeAmpereFlowRegressionTransformer Create(
        IHostEnvironment environment, ModelLoadContext context) => FlowModelFile.Read(
        context, RegressionSettings.Read, (settings, model) => MongeAmpereFlowRegressionTransformer.Load(environment, settings, model));
}
