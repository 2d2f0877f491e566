// Installs sets of jars into Equinox, resolves them, and prints what became of each.
//
// In: a file with what the framework is configured with, and a folder with a folder for each set. Out: a line for each
// jar: set, jar, and RESOLVED, UNRESOLVED or REFUSED. Always: each set has a framework and a storage of its own.

import java.io.File;
import java.io.FileReader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.eclipse.osgi.launch.EquinoxFactory;
import org.osgi.framework.Bundle;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.wiring.FrameworkWiring;

public class Resolve {
    public static void main(String[] arguments) throws Exception {
        Properties configuration = new Properties();
        try (FileReader reader = new FileReader(arguments[0])) {
            configuration.load(reader);
        }
        File[] sets = new File(arguments[1]).listFiles(File::isDirectory);
        Arrays.sort(sets);
        int code = 0;
        try {
            for (File set : sets) {
                resolve(configuration, set, new File(arguments[2], set.getName()));
            }
        } catch (Throwable failure) {
            failure.printStackTrace();
            code = 1;
        }
        // Threads of a framework may still run.
        System.exit(code);
    }

    private static void resolve(Properties given, File set, File storage) throws Exception {
        Map<String, String> configuration = new HashMap<>();
        given.stringPropertyNames().forEach(name -> configuration.put(name, given.getProperty(name)));
        configuration.put("org.osgi.framework.storage", storage.getPath());
        Framework framework = new EquinoxFactory().newFramework(configuration);
        framework.init();
        File[] jars = set.listFiles((folder, name) -> name.endsWith(".jar"));
        Arrays.sort(jars);
        Map<String, String> outcomes = new LinkedHashMap<>();
        List<Bundle> installed = new ArrayList<>();
        for (File jar : jars) {
            try {
                installed.add(framework.getBundleContext().installBundle(jar.getName(), jar.toURI().toURL().openStream()));
                outcomes.put(jar.getName(), "UNRESOLVED");
            } catch (Exception refused) {
                outcomes.put(jar.getName(), "REFUSED " + refused.getClass().getName());
            }
        }
        framework.adapt(FrameworkWiring.class).resolveBundles(installed);
        for (Bundle bundle : installed) {
            if ((bundle.getState() & (Bundle.INSTALLED | Bundle.UNINSTALLED)) == 0) {
                outcomes.put(bundle.getLocation(), "RESOLVED");
            }
        }
        outcomes.forEach((jar, outcome) -> System.out.println(set.getName() + "\t" + jar + "\t" + outcome));
        framework.stop();
        framework.waitForStop(10_000);
    }
}
