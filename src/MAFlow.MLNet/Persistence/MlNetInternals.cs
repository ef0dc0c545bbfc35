using System.Runtime.CompilerServices;
using MAFlow.Scoring.Onnx;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Model.OnnxConverter;
using Microsoft.ML.Runtime;

[assembly: IgnoresAccessChecksTo("Microsoft.ML.Core")]
[assembly: IgnoresAccessChecksTo("Microsoft.ML.Data")]
[assembly: LoadableClass(
    typeof(MAFlow.MLNet.MongeAmpereFlowTransformer), typeof(MAFlow.MLNet.Persistence.FlowModelFile), null, typeof(SignatureLoadModel),
    "Monge-Ampère flow", MAFlow.MLNet.Persistence.FlowModelFile.LoaderSignature)]
[assembly: LoadableClass(
    typeof(MAFlow.MLNet.MongeAmpereFlowRegressionTransformer), typeof(MAFlow.MLNet.Persistence.RegressionModelFile), null,
    typeof(SignatureLoadModel), "Monge-Ampère flow regression", MAFlow.MLNet.Persistence.RegressionModelFile.LoaderSignature)]

namespace MAFlow.MLNet.Persistence
{
    /// <summary>The members of ML.NET that are internal to it and that a component nevertheless needs. They are used in this file
    /// only.</summary>
    /// <remarks>build/LiftVisibility.targets lists them for the compiler; a test that loads a model in a second process guards
    /// them.</remarks>
    internal static class MlNetInternals
    {
        public static IHostEnvironment GetEnvironment(TransformsCatalog catalog) => CatalogUtils.GetEnvironment(catalog);

        public static IHostEnvironment GetEnvironment(TrainCatalogBase.CatalogInstantiatorBase catalog) =>
            CatalogUtils.GetEnvironment(catalog);

        /// <summary>Where to compute: what the options say, else what the MLContext says, else the CPU.</summary>
        public static TorchSharp.torch.Device Device(IHostEnvironment environment, int? gpuDeviceId = null, bool? fallbackToCpu = null)
        {
            var context = environment as IHostEnvironmentInternal;
            return TorchRuntime.EnsureLoaded(gpuDeviceId ?? context?.GpuDeviceId, fallbackToCpu ?? context?.FallbackToCpu ?? false);
        }

        /// <summary>Whether the MLContext asks for a GPU.</summary>
        public static bool WantsGpu(IHostEnvironment environment) => environment is IHostEnvironmentInternal { GpuDeviceId: not null };

        public static bool IsCanceled(IHostEnvironment environment) => (environment as ICancelable)?.IsCanceled ?? false;

        /// <exception cref="OperationCanceledException">The user cancelled what the MLContext is doing, or by a token of their
        /// own.</exception>
        public static void CheckAlive(IHostEnvironment environment, CancellationToken cancellationToken = default)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (IsCanceled(environment))
            {
                throw new OperationCanceledException("Operation was canceled.");
            }
        }

        public static SchemaShape.Column ShapeColumn(string name, DataViewType type, SchemaShape? annotations)
        {
            SchemaShape.GetColumnTypeShape(type, out var kind, out var itemType, out var isKey);
            return new SchemaShape.Column(name, kind, itemType, isKey, annotations);
        }

        public static SchemaShape Shape(DataViewSchema schema) => SchemaShape.Create(schema);

        /// <summary>The type as ML.NET's own messages write it, for example VarVector&lt;Single&gt;.</summary>
        public static string TypeText(SchemaShape.Column column) => column.GetTypeString();
    }

    /// <summary>A view made from another one, linked to it as ML.NET's converter to ONNX expects: it follows the links to the
    /// data.</summary>
    /// <remarks>The converter takes a view without such a link for the data itself, and its columns for inputs of the model: it would write
    /// a model that hands scores through.</remarks>
    internal abstract class LinkedView(IDataView source) : ITransformCanSaveOnnx
    {
        IDataView IDataTransform.Source => Source;

        protected IDataView Source { get; } = source;

        public abstract DataViewSchema Schema { get; }

        public abstract bool CanShuffle { get; }

        public abstract long? GetRowCount();

        public abstract DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null);

        public abstract DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null);

        void ICanSaveModel.Save(ModelSaveContext ctx) =>
            throw new NotSupportedException("A view cannot be saved. Save the transformer that made it, with mlContext.Model.Save.");

        // A view that says no is only remarked on, and its columns become inputs; one that throws ends the export.
        bool ICanSaveOnnx.CanSaveOnnx(OnnxContext ctx) => true;

        void ISaveAsOnnx.SaveAsOnnx(OnnxContext ctx)
        {
            ctx.CheckOpSetVersion(ConvertedGraph.Version, "MongeAmpereFlow");
            SaveAsOnnx(new ConvertedGraph(ctx));
        }

        /// <summary>Writes the columns of the view into a model.</summary>
        /// <exception cref="NotSupportedException">ONNX has no such columns.</exception>
        protected abstract void SaveAsOnnx(ConvertedGraph graph);
    }

    /// <summary>The model that ML.NET's converter is writing.</summary>
    internal sealed class ConvertedGraph(OnnxContext context) : OnnxGraph
    {
        public const int Version = CommonOpset;

        public override int Opset => Version;

        /// <summary>What a column has become.</summary>
        public OnnxValue Column(string name) => new(this, context.GetVariableName(name), OnnxType.Single);

        /// <summary>Makes a column.</summary>
        public void Add(string name, DataViewType type, OnnxValue value) =>
            context.CreateNode("Identity", value.Name, context.AddIntermediateVariable(type, name), context.GetNodeName("Identity"), "");

        protected override string[] AddNode(
            string operation, int outputs, string[] inputs, (string Name, object Value)[] attributes)
        {
            string[] names = [.. Enumerable.Range(0, outputs)
                .Select(_ => context.AddIntermediateVariable(null, "MAFlow" + operation, true))];
            var node = context.CreateNode(operation, inputs, names, context.GetNodeName("MAFlow" + operation), "");
            foreach (var (name, value) in attributes)
            {
                switch (value)
                {
                    case long number:
                        node.AddAttribute(name, number);
                        break;
                    case long[] numbers:
                        node.AddAttribute(name, numbers);
                        break;
                    default:
                        node.AddAttribute(name, (string)value);
                        break;
                }
            }

            return names;
        }

        protected override string AddConstant<T>(T[] values, long[] shape) => values switch
        {
            float[] numbers when shape.Length == 0 => context.AddInitializer(numbers[0], "MAFlow"),
            float[] numbers => context.AddInitializer(numbers, shape, "MAFlow"),
            double[] numbers when shape.Length == 0 => context.AddInitializer(numbers[0], "MAFlow"),
            double[] numbers => context.AddInitializer(numbers, shape, "MAFlow"),
            long[] numbers when shape.Length == 0 => context.AddInitializer(numbers[0], "MAFlow"),
            long[] numbers => context.AddInitializer(numbers, shape, "MAFlow"),
            _ => throw new NotSupportedException($"ML.NET's converter has no constants of {typeof(T).Name}."),
        };
    }

    /// <summary>A flow inside ML.NET's model files: the settings in the main stream, the model in a safetensors file beside it.</summary>
    internal static class FlowModelFile
    {
        public const string LoaderSignature = "MongeAmpereFlow";
        private const string ModelSignature = "MAFLOW  ";
        private const uint Version = 0x00010002;

        // What ranks by the density, without leading features, is what earlier versions wrote, and can read.
        private const uint VersionOfDensities = 0x00010001;
        private const string StreamName = "Model.safetensors";
        private const string MeasureName = "Measure";

        public static void Save(ModelSaveContext context, FlowSettings settings, Action<Stream> saveModel) =>
            Save(context, LoaderSignature, writer => FlowSettingsFormat.Write(writer, settings), saveModel, settings.Ranking,
                isOld: settings.Ranking is null && settings.LeadingCount is null);

        public static void Save(
            ModelSaveContext context, string loaderSignature, Action<BinaryWriter> writeSettings, Action<Stream> saveModel,
            RankingMeasure? ranking = null, bool isOld = true)
        {
            // The name without a version: a newer file then gets as far as the check below, which can say what is wrong.
            var assembly = typeof(FlowModelFile).Assembly.GetName().Name;
            var version = isOld ? VersionOfDensities : Version;
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
}

namespace System.Runtime.CompilerServices
{
    /// <summary>Known to the runtime by name: this assembly may use the internals of the named one.</summary>
    [AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
    internal sealed class IgnoresAccessChecksToAttribute(string assemblyName) : Attribute
    {
        public string AssemblyName { get; } = assemblyName;
    }
}
