<?php
/**
 * Sends customers, orders and carts to Tamis, signed, in the form of PrestaShop's Webservice.
 *
 * What changed is noted by the hooks and sent once the shop has answered its visitor: nothing here
 * slows an order down or makes it fail. What could not be sent is said in the shop's log.
 */
if (!defined('_PS_VERSION_')) {
    exit;
}

class Tamis extends Module
{
    const HOOKS = ['actionObjectCustomerAddAfter', 'actionObjectCustomerUpdateAfter', 'actionValidateOrder',
        'actionOrderStatusPostUpdate', 'actionOrderSlipAdd', 'actionCartSave', 'actionDeleteGDPRCustomer'];

    /** @var array What is to be sent, once each: topic and number => [topic, object or number]. */
    private static $waiting = [];

    public function __construct()
    {
        $this->name = 'tamis';
        $this->version = '1.1.0';
        $this->author = 'Tamis';
        $this->tab = 'emailing';
        $this->bootstrap = true;
        $this->ps_versions_compliancy = ['min' => '1.7.0.0', 'max' => '9.99.99'];
        parent::__construct();
        $this->displayName = 'Tamis';
        $this->description = 'Envoie clients, commandes et paniers à Tamis.';
    }

    public function install()
    {
        if (!parent::install()) {
            return false;
        }
        foreach (self::HOOKS as $hook) {
            if (!$this->registerHook($hook)) {
                return false;
            }
        }

        return true;
    }

    public function uninstall()
    {
        Configuration::deleteByName('TAMIS_URL');
        Configuration::deleteByName('TAMIS_SECRET');

        return parent::uninstall();
    }

    public function getContent()
    {
        $said = '';
        if (Tools::isSubmit('submitTamis')) {
            Configuration::updateValue('TAMIS_URL', trim((string) Tools::getValue('url')));
            Configuration::updateValue('TAMIS_SECRET', trim((string) Tools::getValue('secret')));
            $said = $this->displayConfirmation('Enregistré.');
        }
        $value = function ($name) {
            return htmlspecialchars((string) Configuration::get($name), ENT_QUOTES);
        };

        return $said . '<form method="post" class="panel">'
            . '<div class="form-group"><label>Adresse <input name="url" size="80" value="' . $value('TAMIS_URL') . '"></label></div>'
            . '<div class="form-group"><label>Secret <input name="secret" size="80" value="' . $value('TAMIS_SECRET') . '"></label></div>'
            . '<button class="btn btn-primary" name="submitTamis" value="1">Enregistrer</button></form>';
    }

    public function hookActionObjectCustomerAddAfter($p)
    {
        $this->later('customer', $p['object']->id);
    }

    public function hookActionObjectCustomerUpdateAfter($p)
    {
        $this->later('customer', $p['object']->id);
    }

    public function hookActionValidateOrder($p)
    {
        $this->later('order', $p['order']->id);
    }

    public function hookActionOrderStatusPostUpdate($p)
    {
        $this->later('order', $p['id_order']);
    }

    public function hookActionOrderSlipAdd($p)
    {
        $this->later('order', $p['order']->id);
    }

    public function hookActionCartSave($p)
    {
        if (isset($p['cart']) && Validate::isLoadedObject($p['cart']) && $p['cart']->id_customer) {
            $this->later('cart', $p['cart']->id);
        }
    }

    /** PrestaShop's own GDPR module asks that someone be erased: they are gone when this is sent. */
    public function hookActionDeleteGDPRCustomer($customer)
    {
        if (!empty($customer['email'])) {
            $id = isset($customer['id']) ? (int) $customer['id'] : 0;
            $this->later('erase', $id, ['customer' => ['id' => $id, 'email' => (string) $customer['email']], 'asked_at' => date('c')]);
        }

        return json_encode(true);
    }

    private function later($topic, $id, $payload = null)
    {
        if (!Configuration::get('TAMIS_URL') || !Configuration::get('TAMIS_SECRET')) {
            return;
        }
        if (!self::$waiting) {
            register_shutdown_function([$this, 'sendWaiting']);
        }
        self::$waiting[$topic . ' ' . $id . ($id ? '' : json_encode($payload))] = [$topic, (int) $id, $payload];
    }

    /** Sends what the hooks noted, as it is now; public because PHP calls it when the page is done. */
    public function sendWaiting()
    {
        if (function_exists('fastcgi_finish_request')) {
            fastcgi_finish_request();
        }
        foreach (self::$waiting as $each) {
            try {
                list($topic, $id, $payload) = $each;
                $payload = $payload ?: $this->payload($topic, $id);
                if ($payload) {
                    $this->send($topic, $payload);
                }
            } catch (\Throwable $error) {
                PrestaShopLogger::addLog('Tamis: ' . $each[0] . ': ' . get_class($error), 3);
            }
        }
        self::$waiting = [];
    }

    private function payload($topic, $id)
    {
        if ($topic === 'customer') {
            $customer = new Customer($id);

            return Validate::isLoadedObject($customer) ? $this->who($customer) : null;
        }
        if ($topic === 'order') {
            $order = new Order($id);

            return Validate::isLoadedObject($order) ? $this->order($order) : null;
        }
        $cart = new Cart($id);

        return Validate::isLoadedObject($cart) && $cart->id_customer ? $this->cart($cart) : null;
    }

    /** An order; `refunded` is the sum of its credit slips, which leave its total as it is. */
    private function order($order)
    {
        $told = $this->fields($order, ['reference', 'id_customer', 'current_state', 'valid', 'date_add', 'date_upd',
            'total_discounts_tax_incl', 'total_paid_tax_incl', 'conversion_rate']);
        $refunded = 0;
        foreach ($order->getOrderSlipsCollection() as $slip) {
            $refunded += $slip->total_products_tax_incl + $slip->total_shipping_tax_incl;
        }
        $told['refunded'] = sprintf('%.6F', $refunded);
        $told['currency_iso'] = $this->currency();
        $rows = [];
        foreach ($order->getProductsDetail() as $row) {
            $rows[] = ['product_name' => $row['product_name'], 'product_reference' => $row['product_reference'],
                'product_quantity' => $row['product_quantity'], 'unit_price_tax_incl' => $row['unit_price_tax_incl']];
        }
        $told['associations'] = ['order_rows' => $rows];

        return ['order' => $told] + $this->who(new Customer($order->id_customer), $order->id_address_invoice);
    }

    private function cart($cart)
    {
        $rows = [];
        foreach ($cart->getProducts() as $row) {
            $rows[] = ['id_product' => $row['id_product'], 'quantity' => $row['cart_quantity'],
                'product_name' => $row['name'], 'product_reference' => $row['reference']];
        }
        $currency = new Currency($cart->id_currency);
        $told = $this->fields($cart, ['id_customer', 'date_upd'])
            + ['total' => sprintf('%.6F', $cart->getOrderTotal()), 'conversion_rate' => (string) $currency->conversion_rate,
                'currency_iso' => $this->currency(), 'associations' => ['cart_rows' => $rows]];

        return ['cart' => $told] + $this->who(new Customer($cart->id_customer));
    }

    private function who($customer, $idAddress = 0)
    {
        $told = ['customer' => $this->fields($customer, ['email', 'firstname', 'lastname', 'id_gender', 'birthday',
            'newsletter', 'newsletter_date_add', 'date_add', 'date_upd'])];
        $address = new Address((int) ($idAddress ?: Address::getFirstCustomerAddressId($customer->id)));
        if (Validate::isLoadedObject($address)) {
            $told['address'] = $this->fields($address, ['address1', 'address2', 'postcode', 'city', 'phone', 'phone_mobile'])
                + ['country_iso' => (string) Country::getIsoById($address->id_country)];
        }

        return $told;
    }

    /** The currency that a conversion rate of 1 stands for. */
    private function currency()
    {
        $currency = new Currency((int) Configuration::get('PS_CURRENCY_DEFAULT'));

        return (string) $currency->iso_code;
    }

    private function fields($object, $names)
    {
        $told = ['id' => (int) $object->id];
        foreach ($names as $name) {
            $value = (string) $object->$name;
            if (strpos($name, 'date_') !== false) {
                // With the shop's own offset from UTC, which Tamis cannot know.
                $value = strncmp($value, '0000', 4) && strtotime($value) ? date('c', strtotime($value)) : '';
            }
            $told[$name] = $value;
        }

        return $told;
    }

    private function send($topic, $payload)
    {
        $body = json_encode($payload, JSON_PARTIAL_OUTPUT_ON_ERROR);
        $sign = base64_encode(hash_hmac('sha256', $body, (string) Configuration::get('TAMIS_SECRET'), true));
        $call = curl_init((string) Configuration::get('TAMIS_URL'));
        curl_setopt_array($call, [CURLOPT_POST => true, CURLOPT_POSTFIELDS => $body, CURLOPT_RETURNTRANSFER => true,
            CURLOPT_CONNECTTIMEOUT => 2, CURLOPT_TIMEOUT => 5, CURLOPT_HTTPHEADER => ['Content-Type: application/json',
                'Expect:', 'X-Tamis-Topic: ' . $topic, 'X-Tamis-Signature: ' . $sign]]);
        curl_exec($call);
        $status = (int) curl_getinfo($call, CURLINFO_HTTP_CODE);
        if ($status !== 200) {
            PrestaShopLogger::addLog('Tamis: ' . $topic . ': ' . ($status ? 'HTTP ' . $status : curl_error($call)), 3);
        }
    }
}
